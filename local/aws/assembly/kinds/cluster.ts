/** The cluster and who may enter it. Separate from the other resource types, which need other parts of the laptop. */
import { arnOf, nameOf } from '../../api.ts';
import { made, ordinary, type ResourceKind } from '../kind.ts';

/** The cluster and who may enter it. */
export const cluster: Readonly<Record<string, ResourceKind>> = {
  'AWS::EKS::Cluster': {
    runs: ['Name'],
    noEffect: Object.fromEntries(
      [
        'RoleArn',
        'ResourcesVpcConfig',
        'ComputeConfig',
        'KubernetesNetworkConfig',
        'StorageConfig',
        'AccessConfig',
        'Version',
        'Logging',
        'EncryptionConfig',
        'UpgradePolicy',
        'BootstrapSelfManagedAddons',
        'DeletionProtection',
        'ControlPlaneScalingConfig',
        'Tags',
      ].map((name) => [name, 'the laptop has one cluster, as it is']),
    ),
    make({ Name }, { world, account, name }) {
      const cluster = (Name as string | undefined) ?? name(100);
      world.eks.declareCluster(cluster, world.cluster());
      const { endpoint, certificateAuthority } = world.cluster();
      return made(cluster, {
        Arn: arnOf(account, 'eks', `cluster/${cluster}`),
        Endpoint: endpoint,
        CertificateAuthorityData: Buffer.from(certificateAuthority).toString('base64'),
        ClusterSecurityGroupId: 'sg-laptop',
        OpenIdConnectIssuerUrl: endpoint,
      });
    },
  },
  'AWS::EKS::AccessEntry': {
    runs: ['ClusterName', 'PrincipalArn', 'Username', 'KubernetesGroups', 'Type', 'AccessPolicies'],
    noEffect: ordinary,
    make(
      { ClusterName, PrincipalArn, Username, KubernetesGroups = [], AccessPolicies = [] },
      { world, account, name },
    ) {
      const groups = [...(KubernetesGroups as string[])];
      for (const { PolicyArn, AccessScope } of AccessPolicies) {
        if (nameOf(PolicyArn) !== 'AmazonEKSClusterAdminPolicy' || AccessScope?.Type !== 'cluster')
          throw new Error(
            `the access policy ${nameOf(PolicyArn)} does not run on the laptop; AmazonEKSClusterAdminPolicy for the cluster does`,
          );
        groups.push('system:masters');
      }
      const session = `arn:aws:sts::${account.id}:assumed-role/${nameOf(PrincipalArn)}/{{SessionName}}`;
      world.eks.declareEntry(
        ClusterName,
        { principalArn: PrincipalArn, username: Username ?? session, groups },
        world.cluster(),
      );
      return made(name(), {
        AccessEntryArn: arnOf(account, 'eks', `access-entry/${ClusterName}/${nameOf(PrincipalArn)}`),
      });
    },
  },
};
