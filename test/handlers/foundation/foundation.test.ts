/** What the stage `foundation` must do, on the fake cluster. */
import { beforeEach, describe, expect, test } from 'vitest';
import { LABELS } from '../../../lambdas/contracts/kubernetes.ts';
import type { WayIn } from '../../../lambdas/domain/way-in/gateway.ts';
import { applyFoundation } from '../../../lambdas/handlers/foundation/apply-foundation.ts';
import type { FoundationPorts } from '../../../lambdas/handlers/foundation/ports.ts';
import { removeFoundation } from '../../../lambdas/handlers/foundation/remove-foundation.ts';
import { VirtualClock } from '../../fakes/clock.ts';
import { FakeCluster } from '../../fakes/cluster.ts';
import { installationOf } from '../../fakes/installation.ts';

const clock = new VirtualClock();
let cluster: FakeCluster;

beforeEach(() => {
  cluster = new FakeCluster(clock);
});

const ports = (wayIn: WayIn = { access: 'internal' }, change: Partial<FoundationPorts> = {}): FoundationPorts => ({
  cluster,
  clock,
  installation: installationOf('shop', wayIn),
  autoMode: true,
  targetGroups: { internal: 'arn:internal' },
  ...change,
});

/** Everything in the fake, to compare before and after. */
function everything(): string {
  const kinds = ['ClusterRole', 'Gateway', 'Deployment', 'Service', 'ValidatingAdmissionPolicy', 'TargetGroupBinding'];
  return JSON.stringify(kinds.flatMap((kind) => cluster.peek(kind)));
}

describe('applying the foundation', () => {
  test('gives rights, policies, the gateway and the way to its load balancer', async () => {
    await expect(applyFoundation(ports())).resolves.toEqual({ questions: [] });
    expect(cluster.names('ClusterRole')).toEqual([
      'shop-configuration',
      'shop-deploy',
      'shop-environment',
      'shop-gateway',
      'shop-reader',
      'shop-rollout',
      'shop-sweep',
    ]);
    expect(cluster.names('ValidatingAdmissionPolicyBinding')).toEqual(cluster.names('ValidatingAdmissionPolicy'));
    expect(cluster.names('Gateway')).toEqual(['shop-gateway-system/internal', 'shop-gateway-system/public']);
    expect(cluster.peek('TargetGroupBinding')).toMatchObject([
      {
        apiVersion: 'eks.amazonaws.com/v1',
        spec: { targetGroupARN: 'arn:internal', targetType: 'ip', serviceRef: { name: 'public', port: 8000 } },
      },
    ]);
    expect(cluster.names('ConfigMap')).toEqual(['kube-system/amazon-vpc-cni']);
  });

  test('is the same when it is applied again', async () => {
    await applyFoundation(ports());
    const before = everything();
    await applyFoundation(ports());
    expect(everything()).toBe(before);
  });

  test('outside of EKS Auto Mode the load balancer controller binds the pods, and the network is its owner’s', async () => {
    await applyFoundation(ports(undefined, { autoMode: false }));
    expect(cluster.peek('TargetGroupBinding')[0]?.apiVersion).toBe('elbv2.k8s.aws/v1beta1');
    expect(cluster.names('ConfigMap')).toEqual([]);
  });

  test('a cluster that cannot bind target groups is asked about, and gets everything else', async () => {
    cluster.behaviour.unserved = ['TargetGroupBinding'];
    const { questions } = await applyFoundation(ports());
    expect(questions).toEqual([expect.stringContaining('No load balancer leads to the gateway') as string]);
    expect(cluster.names('Gateway')).toHaveLength(2);
  });

  test('a gateway whose address the settings know needs no load balancer', async () => {
    cluster.behaviour.unserved = ['TargetGroupBinding'];
    await expect(applyFoundation(ports({ access: 'internal', address: '127.0.0.1:8000' }))).resolves.toEqual({
      questions: [],
    });
  });

  test('a cluster without the Gateway API gets it, and it is waited for', async () => {
    cluster.behaviour.unserved = [
      'GatewayClass',
      'Gateway',
      'HTTPRoute',
      'GRPCRoute',
      'BackendTLSPolicy',
      'ReferenceGrant',
    ];
    cluster.behaviour.beforeCall = () => {
      if (cluster.names('CustomResourceDefinition').length === 6) cluster.behaviour.unserved = [];
    };
    await applyFoundation(ports());
    expect(cluster.names('CustomResourceDefinition')).toContain('httproutes.gateway.networking.k8s.io');
    const [definition] = cluster.names('CustomResourceDefinition');
    expect(cluster.calls.indexOf(`apply CustomResourceDefinition ${String(definition)}`)).toBeLessThan(
      cluster.calls.indexOf('apply GatewayClass espalier-shop'),
    );
  });

  test('kinds that somebody else brought in an older version are asked about, never overwritten', async () => {
    cluster.behaviour.unserved = ['BackendTLSPolicy'];
    const name = 'backendtlspolicies.gateway.networking.k8s.io';
    const theirs = { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', metadata: { name } };
    await cluster.apply({ ...theirs, spec: { versions: ['v1alpha3'] } }, 'somebody');
    const { questions } = await applyFoundation(ports());
    expect(questions).toEqual([expect.stringContaining('Upgrade the Gateway API') as string]);
    expect(cluster.peek('CustomResourceDefinition')[0]?.['spec']).toEqual({ versions: ['v1alpha3'] });
  });

  test('an existing Gateway of the settings gets no gateway beside it, and is asked about when it is not there', async () => {
    const wayIn: WayIn = { access: 'internal', gateway: { namespace: 'edge', name: 'shared' } };
    const { questions } = await applyFoundation(ports(wayIn));
    expect(questions).toEqual([expect.stringContaining('Gateway edge/shared') as string]);
    for (const kind of ['Namespace', 'Gateway', 'GatewayClass', 'Deployment', 'TargetGroupBinding']) {
      expect(cluster.names(kind)).toEqual([]);
    }
    expect(cluster.names('ClusterRole')).toContain('shop-environment');
  });

  test('two installations share a cluster and no object', async () => {
    await applyFoundation(ports());
    const before = everything();
    await applyFoundation({ ...ports(), installation: installationOf('other') });
    const ours = (text: string) =>
      (JSON.parse(text) as { metadata: { labels?: Record<string, string> } }[]).filter(
        ({ metadata }) => metadata.labels?.[LABELS.installation] === 'shop',
      );
    expect(ours(everything())).toEqual(ours(before));
  });
});

describe('removing the foundation', () => {
  test('takes rights, policies and gateway of this installation only', async () => {
    await applyFoundation(ports());
    await applyFoundation({ ...ports(), installation: installationOf('other') });
    await expect(removeFoundation(ports())).resolves.toEqual({ kept: [] });
    await clock.sleep(10_000);
    const left = [
      'ClusterRole',
      'ClusterRoleBinding',
      'ValidatingAdmissionPolicy',
      'Namespace',
      'GatewayClass',
    ].flatMap((kind) => cluster.names(kind));
    expect(left.filter((name) => name.includes('shop'))).toEqual([]);
    expect(left).toContain('other-gateway-system');
  });

  test('leaves the gateway to environments that still run', async () => {
    await applyFoundation(ports());
    const labels = { [LABELS.installation]: 'shop', [LABELS.environment]: 'production' };
    await cluster.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop-production', labels } }, 'test');
    await expect(removeFoundation(ports())).resolves.toEqual({ kept: ['shop-production'] });
    expect(cluster.names('Gateway')).toHaveLength(2);
    expect(cluster.names('ClusterRole')).toEqual(['shop-gateway']);
  });
});
