/** Who may talk to whom: both ends of a declared call, and nobody else. */
import * as fc from 'fast-check';
import type { NetworkPolicyPeer, NetworkPolicySpec } from 'kubernetes-types/networking/v1.js';
import { describe, expect, test } from 'vitest';
import { ENVIRONMENT_KINDS, type EnvironmentKind } from '../../../lambdas/contracts/kinds.ts';
import { LABELS, namespaceOf } from '../../../lambdas/contracts/kubernetes.ts';
import { placeLabels, type ServicePlace } from '../../../lambdas/domain/manifests/manifest.ts';
import {
  callerLabels,
  networkPolicyManifests,
  servicePolicyManifest,
} from '../../../lambdas/domain/manifests/network-policies.ts';
import type { Needs } from '../../../lambdas/domain/service/dependencies.ts';
import type { Installation } from '../../../lambdas/domain/manifests/installation.ts';
import { installationOf } from '../../fakes/installation.ts';

const settings: Installation = {
  ...installationOf('shop'),
  components: [
    { name: 'database', url: 'postgres://database:5432/shop', kinds: ['feature', 'integration'] },
    { name: 'bank', url: 'https://bank.example.com', addresses: ['192.0.2.0/24'], kinds: ['production'] },
  ],
};

interface Pod {
  readonly place: ServicePlace;
  readonly needs: Needs;
}

const pod = (
  kind: EnvironmentKind,
  environment: string,
  name: string,
  dependencies: Needs['dependencies'] = [],
): Pod => ({
  place: { installation: 'shop', environment, kind, branch: null, key: name, repository: name, name },
  needs: { dependencies },
});

const labelsOf = ({ place, needs }: Pod): Record<string, string> => ({
  [LABELS.service]: place.name,
  ...callerLabels(needs),
});

const namespaceLabels = ({ place }: Pod): Record<string, string> => ({
  ...placeLabels(place),
  'kubernetes.io/metadata.name': namespaceOf('shop', place.environment),
});

interface Selector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly {
    readonly key: string;
    readonly operator: string;
    readonly values?: readonly string[];
  }[];
}

function selects(
  { matchLabels = {}, matchExpressions = [] }: Selector,
  labels: Readonly<Record<string, string>>,
): boolean {
  const equal = Object.entries(matchLabels).every(([key, value]) => labels[key] === value);
  return (
    equal &&
    matchExpressions.every(({ key, operator, values = [] }) => operator === 'In' && values.includes(labels[key] ?? ''))
  );
}

/** As https://kubernetes.io/docs/concepts/services-networking/network-policies/ defines it: policies add up, both ends must allow. */
function allows(peers: readonly NetworkPolicyPeer[], owner: Pod, other: Pod): boolean {
  return peers.some(({ namespaceSelector, podSelector, ipBlock }) => {
    if (ipBlock !== undefined) return false;
    const there =
      namespaceSelector === undefined
        ? owner.place.environment === other.place.environment
        : selects(namespaceSelector, namespaceLabels(other));
    return there && selects(podSelector ?? {}, labelsOf(other));
  });
}

function policiesOf({ place, needs }: Pod): readonly NetworkPolicySpec[] {
  return [...networkPolicyManifests(place, settings), servicePolicyManifest(place, settings, needs)].map(
    ({ spec }) => spec as NetworkPolicySpec,
  );
}

function mayCall(caller: Pod, called: Pod): boolean {
  const out = policiesOf(caller).flatMap(({ egress = [] }) => egress.filter(({ to }) => to !== undefined));
  const into = policiesOf(called).flatMap(({ ingress = [] }) => ingress);
  return (
    out.some(({ to = [] }) => allows(to, caller, called)) && into.some(({ from = [] }) => allows(from, called, caller))
  );
}

describe('who may call whom', () => {
  const lent = pod('integration', 'integration', 'orders');

  test('a declared dependency in the own environment, and nobody who does not declare it', () => {
    const orders = pod('feature', 'feature-login', 'orders');
    expect(mayCall(pod('feature', 'feature-login', 'web', ['orders']), orders)).toBe(true);
    expect(mayCall(pod('feature', 'feature-login', 'web', [{ name: 'orders', api: 'v2' }]), orders)).toBe(true);
    expect(mayCall(pod('feature', 'feature-login', 'web', ['inventory']), orders)).toBe(false);
    expect(mayCall(orders, pod('feature', 'feature-login', 'web', ['orders']))).toBe(false);
  });

  test('a borrower calls integration; nobody else does, and no branch another branch', () => {
    expect(mayCall(pod('feature', 'feature-login', 'web', ['orders']), lent)).toBe(true);
    expect(mayCall(pod('performance', 'performance', 'web', ['orders']), lent)).toBe(true);
    expect(mayCall(pod('pre-release', 'pre-release', 'web', ['orders']), lent)).toBe(false);
    expect(mayCall(pod('production', 'production', 'web', ['orders']), lent)).toBe(false);
    const other = pod('feature', 'feature-logout', 'orders');
    expect(mayCall(pod('feature', 'feature-login', 'web', ['orders']), other)).toBe(false);
  });

  test('integration never calls a branch directly: only the router does', () => {
    expect(
      mayCall(pod('integration', 'integration', 'web', ['orders']), pod('feature', 'feature-login', 'orders')),
    ).toBe(false);
  });

  test('two pods talk exactly when one declares the other and finds it by its name', () => {
    const environment = fc.constantFrom<[EnvironmentKind, string]>(
      ['feature', 'feature-login'],
      ['feature', 'feature-logout'],
      ['integration', 'integration'],
      ['performance', 'performance'],
      ['production', 'production'],
    );
    const name = fc.constantFrom('web', 'orders', 'inventory');
    const any = fc
      .tuple(environment, name, fc.uniqueArray(name))
      .map(([[kind, id], of, dependencies]) => pod(kind, id, of, dependencies));
    fc.assert(
      fc.property(any, any, (caller, called) => {
        const declared = caller.needs.dependencies.includes(called.place.name);
        const own = caller.place.environment === called.place.environment;
        const borrowed = called.place.kind === 'integration' && ['feature', 'performance'].includes(caller.place.kind);
        expect(mayCall(caller, called)).toBe(declared && (own || borrowed));
      }),
      { numRuns: 300 },
    );
  });
});

describe('network policies', () => {
  test.each(ENVIRONMENT_KINDS)('%s: closed but for the gateway and DNS', (kind) => {
    const [closed, open] = networkPolicyManifests(
      { installation: 'shop', environment: 'x', kind, branch: null },
      settings,
    );
    expect(closed?.['spec']).toEqual({ podSelector: {}, policyTypes: ['Ingress', 'Egress'] });
    expect(open?.['spec']).toMatchObject({
      ingress: [
        { from: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'shop-gateway-system' } } }] },
      ],
      egress: [
        {
          ports: [
            { port: 53, protocol: 'UDP' },
            { port: 53, protocol: 'TCP' },
          ],
        },
      ],
    });
  });

  const egressOf = (of: Pod) =>
    (servicePolicyManifest(of.place, settings, of.needs)['spec'] as NetworkPolicySpec).egress;

  test('a declared component is reached at its port and nowhere else, by who declares it', () => {
    // A job that checks a candidate of the service calls it.
    const own = { to: [{ podSelector: { matchLabels: { 'espalier.dev/service': 'orders' } } }] };
    expect(egressOf(pod('feature', 'feature-login', 'orders', ['database']))).toEqual([
      own,
      {
        to: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'shop-integration' } } }],
        ports: [{ port: 5432, protocol: 'TCP' }],
      },
    ]);
    expect(egressOf(pod('production', 'production', 'orders', ['bank']))).toEqual([
      own,
      { to: [{ ipBlock: { cidr: '192.0.2.0/24' } }], ports: [{ port: 443, protocol: 'TCP' }] },
    ]);
    expect(egressOf(pod('feature', 'feature-login', 'orders'))).toEqual([own]);
  });

  test('in integration the way to a dependency leads through the router', () => {
    expect(JSON.stringify(egressOf(pod('integration', 'integration', 'orders', ['inventory'])))).toContain(
      'shop-gateway-system',
    );
  });
});
