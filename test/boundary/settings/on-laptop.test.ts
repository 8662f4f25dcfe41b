/** What a laptop changes of the settings. */
import { describe, expect, it } from 'vitest';
import { onLaptop, parseSettings } from '../../../lambdas/boundary/settings/settings.ts';
import { ENVIRONMENT_KINDS } from '../../../lambdas/contracts/kinds.ts';

const settings = parseSettings(
  'repositories: [orders]\nenvironments: { feature: { wayIn: { gateway: { namespace: edge, name: shared } } } }',
  'settings.yaml',
);
const cluster = {
  name: 'laptop',
  vpc: 'vpc-0',
  subnets: ['subnet-0'],
  publicSubnets: [],
  securityGroup: 'sg-0',
  endpoint: 'https://127.0.0.1:6443',
  authority: 'LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0t',
  autoMode: false,
};

describe('settings on a laptop', () => {
  it('tell every kind where the gateway is reached', () => {
    const { environments } = onLaptop(settings, { gatewayAddress: '127.0.0.1:8000' });
    for (const kind of ENVIRONMENT_KINDS) expect(environments[kind].wayIn.address).toBe('127.0.0.1:8000');
    expect(environments.feature.wayIn.gateway).toEqual({ namespace: 'edge', name: 'shared' });
  });

  it('lead every kind through the Gateway of a cluster that is there, which is imported and not created', () => {
    const gateway = { namespace: 'kube-system', name: 'public' };
    const here = onLaptop(settings, { gatewayAddress: '127.0.0.1:8000', gateway, cluster });
    for (const kind of ENVIRONMENT_KINDS) expect(here.environments[kind].wayIn.gateway).toEqual(gateway);
    expect(here.cluster).toEqual({ existing: cluster });
  });

  it('are checked like the file', () => {
    expect(() => onLaptop(settings, { gatewayAddress: 'http://127.0.0.1' })).toThrow(/a host or host:port/);
  });
});
