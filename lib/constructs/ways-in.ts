/**
 * The load balancers in front of the gateway, one per access that the settings use, and the wildcard record of every domain.
 * Separate because only here does the outside begin. Why they are in the stack: docs/decisions/load-balancers-in-the-stack.md.
 */
import { Duration, SecretValue, Stack, Tags, Validations } from 'aws-cdk-lib';
import { Peer, Port, SecurityGroup, type IPeer, type ISecurityGroup, type SubnetSelection } from 'aws-cdk-lib/aws-ec2';
import {
  ApplicationLoadBalancer,
  ApplicationProtocol,
  ApplicationTargetGroup,
  ListenerAction,
  ListenerCertificate,
  ListenerCondition,
  NetworkLoadBalancer,
  NetworkTargetGroup,
  Protocol,
  SslPolicy,
  TargetType,
  UnauthenticatedAction,
  type HealthCheck,
} from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { CfnRecordSet } from 'aws-cdk-lib/aws-route53';
import { Construct } from 'constructs';
import type { WayIn } from '../../lambdas/boundary/settings/way-in.ts';
import { GATEWAY_HEALTH, GATEWAY_PORTS, TARGET_GROUP_CLUSTER_TAG } from '../../lambdas/contracts/foundation.ts';
import { ACCESSES, ENVIRONMENT_KINDS, type Access, type EnvironmentKind } from '../../lambdas/contracts/kinds.ts';
import { answer } from './answers.ts';
import type { ClusterConnection } from './cluster-connection.ts';
import type { Installation } from './installation.ts';

export interface WaysInProps {
  readonly installation: Installation;
  readonly cluster: ClusterConnection;
  /** The cluster's own security group, which pods have too. */
  readonly clusterSecurityGroup: ISecurityGroup;
  readonly internalSubnets: SubnetSelection;
  /** None in a cluster that was imported without naming them. */
  readonly publicSubnets?: SubnetSelection;
}

interface KindWayIn {
  readonly kind: EnvironmentKind;
  readonly wayIn: WayIn;
}

type Balancer = ApplicationLoadBalancer | NetworkLoadBalancer;

export class WaysIn extends Construct {
  /** ARN of the target group per access, as JSON. */
  readonly targetGroups: string;
  /** DNS name of the load balancer per access, as JSON. */
  readonly addresses: string;
  readonly #props: WaysInProps;

  constructor(scope: Construct, id: string, props: WaysInProps) {
    super(scope, id);
    this.#props = props;
    const targetGroups: Record<string, string> = {};
    const addresses: Record<string, string> = {};
    const zones = new Map<string, Access>();
    for (const access of ACCESSES) {
      const kinds = managedKinds(props.installation, access);
      if (kinds.length === 0) continue;
      const made = access === 'oidc' ? this.signIn(kinds) : this.network(access, kinds);
      targetGroups[access] = made.targetGroup.targetGroupArn;
      addresses[access] = made.balancer.loadBalancerDnsName;
      this.records(access, made.balancer, kinds, zones);
    }
    this.targetGroups = Stack.of(this).toJsonString(targetGroups);
    this.addresses = Stack.of(this).toJsonString(addresses);
  }

  /** Plain connections, with TLS ended at the load balancer where there is a domain. */
  private network(
    access: 'internal' | 'public',
    kinds: readonly KindWayIn[],
  ): { readonly balancer: NetworkLoadBalancer; readonly targetGroup: NetworkTargetGroup } {
    const securityGroup = this.securityGroup(access);
    const balancer = new NetworkLoadBalancer(this, capital(access), {
      loadBalancerName: `${this.#props.installation.name}-${access}`,
      vpc: this.#props.cluster.vpc,
      internetFacing: access === 'public',
      vpcSubnets: this.subnets(access, kinds),
      securityGroups: [securityGroup],
      crossZoneEnabled: true,
    });
    acknowledgeNoAccessLog(balancer);
    const targetGroup = new NetworkTargetGroup(this, `${capital(access)}Targets`, {
      vpc: this.#props.cluster.vpc,
      port: GATEWAY_PORTS[access],
      protocol: Protocol.TCP,
      targetType: TargetType.IP,
      deregistrationDelay: DEREGISTRATION,
      healthCheck: { ...HEALTH, protocol: Protocol.HTTP },
    });
    Tags.of(targetGroup).add(TARGET_GROUP_CLUSTER_TAG, this.#props.cluster.name);

    const certificates = certificatesOf(kinds);
    if (certificates.length > 0) {
      this.admit(access, securityGroup, 443);
      balancer.addListener('Https', {
        port: 443,
        protocol: Protocol.TLS,
        sslPolicy: SslPolicy.RECOMMENDED_TLS,
        certificates,
        defaultTargetGroups: [targetGroup],
      });
    }
    // Where every kind has a domain there is no plain way in.
    if (kinds.some(({ wayIn }) => wayIn.domain === undefined)) {
      this.admit(access, securityGroup, 80);
      balancer.addListener('Http', { port: 80, protocol: Protocol.TCP, defaultTargetGroups: [targetGroup] });
    }
    return { balancer, targetGroup };
  }

  /** People sign in at the load balancer before a request reaches the gateway. */
  private signIn(kinds: readonly KindWayIn[]): {
    readonly balancer: ApplicationLoadBalancer;
    readonly targetGroup: ApplicationTargetGroup;
  } {
    const securityGroup = this.securityGroup('oidc');
    Validations.of(securityGroup).acknowledge({
      id: 'Annotation::@aws-cdk/aws-ec2:ipv4IgnoreEgressRule',
      reason: 'The load balancer asks the sign-in’s addresses; the group lets everything out already.',
    });
    this.admit('oidc', securityGroup, 443);
    const balancer = new ApplicationLoadBalancer(this, 'Oidc', {
      loadBalancerName: `${this.#props.installation.name}-oidc`,
      vpc: this.#props.cluster.vpc,
      internetFacing: true,
      vpcSubnets: this.subnets('oidc', kinds),
      securityGroup,
      dropInvalidHeaderFields: true,
    });
    acknowledgeNoAccessLog(balancer);
    const targetGroup = new ApplicationTargetGroup(this, 'OidcTargets', {
      vpc: this.#props.cluster.vpc,
      port: GATEWAY_PORTS.oidc,
      protocol: ApplicationProtocol.HTTP,
      targetType: TargetType.IP,
      deregistrationDelay: DEREGISTRATION,
      healthCheck: HEALTH,
    });
    Tags.of(targetGroup).add(TARGET_GROUP_CLUSTER_TAG, this.#props.cluster.name);
    const listener = balancer.addListener('Https', {
      port: 443,
      protocol: ApplicationProtocol.HTTPS,
      sslPolicy: SslPolicy.RECOMMENDED_TLS,
      certificates: certificatesOf(kinds),
      open: false,
      defaultAction: ListenerAction.fixedResponse(404, {
        contentType: 'text/plain',
        messageBody: 'No such environment.',
      }),
    });
    for (const [index, { kind, wayIn }] of kinds.entries()) {
      if (wayIn.oidc === undefined || wayIn.domain === undefined) continue;
      listener.addAction(capital(kind), {
        priority: index + 1,
        conditions: [ListenerCondition.hostHeaders([`*.${wayIn.domain}`])],
        action: ListenerAction.authenticateOidc({
          issuer: wayIn.oidc.issuer,
          authorizationEndpoint: wayIn.oidc.authorizationEndpoint,
          tokenEndpoint: wayIn.oidc.tokenEndpoint,
          userInfoEndpoint: wayIn.oidc.userInfoEndpoint,
          clientId: wayIn.oidc.clientId,
          clientSecret: SecretValue.secretsManager(wayIn.oidc.clientSecret),
          onUnauthenticatedRequest: UnauthenticatedAction.AUTHENTICATE,
          next: ListenerAction.forward([targetGroup]),
        }),
      });
    }
    return { balancer, targetGroup };
  }

  /** `*.<domain>` leads to the load balancer of its access. */
  private records(access: Access, balancer: Balancer, kinds: readonly KindWayIn[], zones: Map<string, Access>): void {
    for (const { kind, wayIn } of kinds) {
      if (wayIn.domain === undefined) continue;
      const other = zones.get(wayIn.domain);
      if (other !== undefined && other !== access) {
        throw new Error(
          `environments.${kind}.wayIn.domain: "${wayIn.domain}" is already the domain of a kind with access "${other}", and *.${wayIn.domain} can lead to one load balancer only. ` +
            `Give kinds with access "${access}" a domain of their own.`,
        );
      }
      if (other === access) continue;
      zones.set(wayIn.domain, access);
      if (wayIn.hostedZone === undefined) continue;
      new CfnRecordSet(this, `Record${capital(kind)}`, {
        hostedZoneId: wayIn.hostedZone,
        name: `*.${wayIn.domain}.`,
        type: 'A',
        aliasTarget: {
          dnsName: balancer.loadBalancerDnsName,
          hostedZoneId: balancer.loadBalancerCanonicalHostedZoneId,
          evaluateTargetHealth: false,
        },
      });
    }
  }

  private securityGroup(access: Access): SecurityGroup {
    const group = new SecurityGroup(this, `${capital(access)}Group`, {
      vpc: this.#props.cluster.vpc,
      description: `Way in to ${access} environments of ${this.#props.installation.name}`,
    });
    for (const port of [GATEWAY_PORTS[access], GATEWAY_HEALTH.port]) {
      this.#props.clusterSecurityGroup.addIngressRule(
        group,
        Port.tcp(port),
        `${this.#props.installation.name}: ${access} way in`,
      );
    }
    return group;
  }

  private admit(access: Access, group: SecurityGroup, port: number): void {
    for (const peer of PEERS[access]) group.addIngressRule(peer, Port.tcp(port), `Port ${String(port)}`);
    if (access !== 'internal') {
      Validations.of(group).acknowledge({
        id: 'AwsSolutions-EC23',
        reason:
          access === 'public'
            ? 'The settings say that everybody may reach these environments.'
            : 'Everybody may reach the sign-in; nothing behind it answers before that.',
      });
    }
  }

  private subnets(access: Access, kinds: readonly KindWayIn[]): SubnetSelection {
    if (access === 'internal') return this.#props.internalSubnets;
    if (this.#props.publicSubnets !== undefined) return this.#props.publicSubnets;
    throw new Error(
      `environments.${kinds[0]?.kind ?? ''}.wayIn.access: "${access}" needs a load balancer in public subnets, but the block cluster.existing names none. ` +
        'Add its publicSubnets, name an existing gateway (wayIn.gateway), or use access "internal".',
    );
  }
}

/** Kinds with this access that enter by the gateway which Espalier runs. */
function managedKinds({ settings }: Installation, access: Access): readonly KindWayIn[] {
  return ENVIRONMENT_KINDS.map((kind) => ({ kind, wayIn: settings.environments[kind].wayIn })).filter(
    ({ wayIn }) => wayIn.gateway === undefined && wayIn.access === access,
  );
}

function certificatesOf(kinds: readonly KindWayIn[]): ListenerCertificate[] {
  const arns = kinds.flatMap(({ wayIn }) => (wayIn.certificate === undefined ? [] : [wayIn.certificate]));
  return [...new Set(arns)].map((arn) => ListenerCertificate.fromArn(arn));
}

function acknowledgeNoAccessLog(balancer: Balancer): void {
  const reason =
    'The gateway behind it logs every request with its route and environment, which the load balancer does not know.';
  answer(balancer, { checker: 'checkov', rule: 'CKV_AWS_91', reason });
  Validations.of(balancer).acknowledge({ id: 'AwsSolutions-ELB2', reason });
}

/** Word as the id of a construct: `pre-release` → `PreRelease`. */
function capital(word: string): string {
  return word.replaceAll(/(?:^|-)([a-z])/g, (_match, letter: string) => letter.toUpperCase());
}

const HEALTH: HealthCheck = {
  path: GATEWAY_HEALTH.path,
  port: String(GATEWAY_HEALTH.port),
  interval: Duration.seconds(10),
  healthyThresholdCount: 2,
};

/** Longer than the gateway needs to finish its requests, shorter than its pods' grace period. */
const DEREGISTRATION = Duration.seconds(15);

/** Private networks: the VPC, and what is connected to it by peering or VPN. */
const PRIVATE = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'].map((range) => Peer.ipv4(range));
const EVERYBODY = [Peer.anyIpv4()];
const PEERS: Readonly<Record<Access, readonly IPeer[]>> = { internal: PRIVATE, oidc: EVERYBODY, public: EVERYBODY };
