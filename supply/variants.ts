/**
 * Settings of every kind that an installation may have. Separate because the stacks of each are held to the same checks: those of the
 * tests, which are quick, and those of `npm run supply`.
 */

/** Only a repository name: every default applies. */
export const PLAIN = 'repositories: [orders]';

/** An existing cluster, as `npx espalier cluster NAME` prints it. */
export const EXISTING_CLUSTER = `
cluster:
  existing:
    name: shared
    vpc: vpc-0a1b2c3d
    subnets: [subnet-0a1b2c3d, subnet-0a1b2c3e]
    securityGroup: sg-0a1b2c3d
    endpoint: https://0123456789ABCDEF.gr7.eu-central-1.eks.amazonaws.com
    authority: LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0t
`;

const CERTIFICATE = 'arn:aws:acm:eu-central-1:111122223333:certificate/0a1b2c3d';

const OIDC = `
      oidc:
        issuer: https://login.example.com
        authorizationEndpoint: https://login.example.com/authorize
        tokenEndpoint: https://login.example.com/token
        userInfoEndpoint: https://login.example.com/userinfo
        clientId: espalier
        clientSecret: arn:aws:secretsmanager:eu-central-1:111122223333:secret:sign-in-AbCdEf
`;

/** The way in of a kind with a domain, in YAML. */
export function wayInOf(kind: string, domain: string, access: string, more = ''): string {
  return `
  ${kind}:
    wayIn:
      domain: ${domain}
      hostedZone: Z0123456789ABC
      certificate: ${CERTIFICATE}
      access: ${access}${more}`;
}

/** Settings (YAML) by what is said about them. */
export const VARIANTS = {
  'only a repository name': PLAIN,
  'repositories by pattern': 'repositories: ["shop-*", orders]',
  'an existing cluster': PLAIN + EXISTING_CLUSTER,
  'a Slack channel': `${PLAIN}\nnotices: { slack: { workspaceId: T0123ABCD, channelId: C0123ABCD } }`,
  'internal with a domain': `${PLAIN}\nenvironments:${wayInOf('feature', 'dev.example.com', 'internal')}`,
  'public, sign-in and internal side by side': `${PLAIN}\nenvironments:${wayInOf('feature', 'dev.example.com', 'oidc', OIDC)}${wayInOf('pre-release', 'pre.example.com', 'public')}`,
  'gateways that are there': `${PLAIN}\nenvironments:\n  feature: { wayIn: { gateway: { namespace: edge, name: shared } } }`,
  'experiments that delay': `${PLAIN}\nexperiments: { image: "node@sha256:${'a'.repeat(64)}" }`,
  'measured by CloudWatch': `${PLAIN}\nmetrics: { cloudWatch: true }`,
} as const;
