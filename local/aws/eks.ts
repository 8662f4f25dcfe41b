/**
 * EKS: the one cluster of the laptop as its API shows it, and who a bearer token is to Kubernetes. Separate because the cluster
 * itself is not part of AWS here.
 */
import { type Account, AwsError, arnOf, type Service } from './api.ts';
import type { Credentials } from './credentials.ts';
import { restJson } from './protocols.ts';

/** Where the cluster answers. */
export interface ClusterAddress {
  readonly endpoint: string;
  /** PEM. */
  readonly certificateAuthority: string;
}

/** A principal's identity in the cluster (AWS::EKS::AccessEntry). */
export interface AccessEntry {
  readonly principalArn: string;
  readonly username: string;
  readonly groups: readonly string[];
}

const routes = {
  'GET /clusters': 'ListClusters',
  'GET /clusters/{name}': 'DescribeCluster',
  'GET /clusters/{clusterName}/access-entries': 'ListAccessEntries',
  'GET /clusters/{clusterName}/access-entries/{principalArn}': 'DescribeAccessEntry',
};

/** The clusters that the templates declare or import; all of them are the laptop's one cluster. */
export function eks(account: Account, credentials: Credentials) {
  const clusters = new Map<string, { address: ClusterAddress; entries: Map<string, AccessEntry> }>();
  const find = (name: string) => {
    const cluster = clusters.get(name);
    if (!cluster) throw new AwsError('ResourceNotFoundException', `No cluster found for name: ${name}.`, 404);
    return cluster;
  };
  const shownEntry = (clusterName: string, { principalArn, username, groups }: AccessEntry) => ({
    clusterName,
    principalArn,
    username,
    kubernetesGroups: groups,
    type: 'STANDARD',
    accessEntryArn: arnOf(account, 'eks', `access-entry/${clusterName}/${principalArn}`),
  });
  const actions = {
    ListClusters: () => ({ clusters: [...clusters.keys()] }),
    DescribeCluster: ({ name }: { name: string }) => ({
      cluster: {
        name,
        arn: arnOf(account, 'eks', `cluster/${name}`),
        endpoint: find(name).address.endpoint,
        certificateAuthority: { data: Buffer.from(find(name).address.certificateAuthority).toString('base64') },
        status: 'ACTIVE',
      },
    }),
    ListAccessEntries: ({ clusterName }: { clusterName: string }) => ({
      accessEntries: [...find(clusterName).entries.keys()],
    }),
    DescribeAccessEntry({ clusterName, principalArn }: { clusterName: string; principalArn: string }) {
      const entry = find(clusterName).entries.get(principalArn);
      if (!entry)
        throw new AwsError(
          'ResourceNotFoundException',
          `The specified principalArn could not be found: ${principalArn}.`,
          404,
        );
      return { accessEntry: shownEntry(clusterName, entry) };
    },
  };
  return {
    service: { name: 'eks', protocol: restJson(routes), actions } satisfies Service,
    declareCluster: (name: string, address: ClusterAddress) =>
      void clusters.set(name, { address, entries: clusters.get(name)?.entries ?? new Map() }),
    /** An entry for a cluster that no template declares declares it as imported. */
    declareEntry: (clusterName: string, entry: AccessEntry, address: ClusterAddress) => {
      if (!clusters.has(clusterName)) clusters.set(clusterName, { address, entries: new Map() });
      find(clusterName).entries.set(entry.principalArn, entry);
    },
    /** Kubernetes' name and groups for the bearer of a token: whose signature it has, and the access entry of that role. */
    async authenticate(bearer: string): Promise<{ username: string; groups: string[] } | undefined> {
      for (const [name, { entries }] of clusters) {
        const caller = credentials.callerOfToken(bearer, name);
        const entry = entries.get(caller?.role ?? '');
        const session = caller?.arn.split('/').at(-1) ?? '';
        if (entry) return { username: entry.username.replace('{{SessionName}}', session), groups: [...entry.groups] };
      }
      return undefined;
    },
  };
}
