/**
 * The cluster as a function reaches it: endpoint and authority from its variables, the token from its role's credentials.
 * Separate because only the composition of handlers needs it, and must say which variable is missing.
 */
import { FUNCTION_VARIABLES } from '../../contracts/variables.ts';
import { eksToken } from './bearer-token.ts';
import { KubernetesCluster } from './kubernetes-cluster.ts';

type Variables = Readonly<Record<string, string | undefined>>;

/** The cluster that a function's variables name. */
export function clusterOfFunction(variables: Variables, now: () => number): KubernetesCluster {
  const sessionToken = variables['AWS_SESSION_TOKEN'];
  return new KubernetesCluster({
    endpoint: required(variables, FUNCTION_VARIABLES.clusterEndpoint),
    authority: authority(required(variables, FUNCTION_VARIABLES.clusterAuthority)),
    token: eksToken({
      clusterName: required(variables, FUNCTION_VARIABLES.clusterName),
      region: required(variables, 'AWS_REGION'),
      credentials: {
        accessKeyId: required(variables, 'AWS_ACCESS_KEY_ID'),
        secretAccessKey: required(variables, 'AWS_SECRET_ACCESS_KEY'),
        ...(sessionToken !== undefined && sessionToken !== '' && { sessionToken }),
      },
      now,
    }),
  });
}

/** EKS gives the authority as base64 of PEM; PEM itself is fine too. */
function authority(value: string): string {
  return value.startsWith('-----BEGIN') ? value : Buffer.from(value, 'base64').toString('utf8');
}

function required(variables: Variables, name: string): string {
  const value = variables[name];
  if (value === undefined || value === '') throw new Error(`The function's variable ${name} is missing.`);
  return value;
}
