/** What EKS says about a cluster, as the settings describe it. */
import { EKSClient } from '@aws-sdk/client-eks';
import { describe, expect, it } from 'vitest';
import { eksClusters } from '../../../lambdas/adapters/eks/eks-clusters.ts';
import { answer, failure, wire, type WireAnswer } from '../aws/wire.ts';

const described = {
  name: 'platform',
  status: 'ACTIVE',
  endpoint: 'https://0123.gr7.eu-central-1.eks.amazonaws.com',
  certificateAuthority: { data: 'LS0tLS1CRUdJTg==' },
  resourcesVpcConfig: { vpcId: 'vpc-1', subnetIds: ['subnet-1', 'subnet-2'], clusterSecurityGroupId: 'sg-1' },
  computeConfig: { enabled: true },
  accessConfig: { authenticationMode: 'API' },
};
const clusters = (reply: WireAnswer) => eksClusters(new EKSClient(wire(() => reply).options));

describe('an EKS cluster', () => {
  it('is described in the words of the settings', async () => {
    expect(await clusters(answer({ cluster: described })).describe('platform')).toEqual({
      name: 'platform',
      vpc: 'vpc-1',
      subnets: ['subnet-1', 'subnet-2'],
      securityGroup: 'sg-1',
      endpoint: described.endpoint,
      authority: 'LS0tLS1CRUdJTg==',
      autoMode: true,
      authenticationMode: 'API',
    });
  });

  it('that is not there is no error', async () => {
    expect(await clusters(failure('ResourceNotFoundException')).describe('platform')).toBeUndefined();
  });

  it('that does not say everything yet is refused with what is missing and what to do', async () => {
    const { endpoint: _endpoint, ...creating } = { ...described, status: 'CREATING' };
    await expect(clusters(answer({ cluster: creating })).describe('platform')).rejects.toThrow(
      'EKS tells no endpoint of the cluster platform (CREATING). Wait until it is ACTIVE.',
    );
    const { resourcesVpcConfig: _network, ...odd } = described;
    await expect(clusters(answer({ cluster: odd })).describe('platform')).rejects.toThrow(
      'EKS tells no VPC, no cluster security group of the cluster platform (ACTIVE). It cannot be used',
    );
  });

  it('keeps the name of a missing right', async () => {
    await expect(clusters(failure('AccessDeniedException')).describe('platform')).rejects.toThrow(
      expect.objectContaining({ name: 'AccessDeniedException' }),
    );
  });
});
