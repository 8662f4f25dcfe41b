/**
 * What GatewayClasses, Gateways and HTTPRoutes say about themselves. Separate from the data plane, which may lag behind:
 * a status tells that a route was understood, not that it answers.
 */
import { isKind, withCondition } from '../kinds.ts';
import type { Cluster, Condition, Gateway, HttpRoute, ParentReference, RouteParentStatus } from '../kinds.ts';
import {
  attach,
  backendProblem,
  gatewayControllers,
  isGatewayReference,
  isServed,
  servedGateway,
} from '../network/attachment.ts';
import { keyOf } from './run-controllers.ts';
import type { Controller } from './run-controllers.ts';
import { canonical } from './template-hash.ts';

type Told = [type: string, holds: boolean, reason: string, message?: string];

function conditionsOf(
  before: readonly Condition[] | undefined,
  generation: number,
  told: readonly Told[],
): Condition[] {
  return told.map(([type, holds, reason, message = '']) => {
    const next = { type, reason, message, status: holds ? 'True' : 'False', observedGeneration: generation } as const;
    return withCondition(before, next).at(-1) as Condition;
  });
}

/** Accepts GatewayClasses of the controllers that are served here. */
export function gatewayClassController(cluster: Cluster): Controller {
  return {
    name: 'gatewayclass-controller',
    kind: 'GatewayClass',
    concerns: (object) => (isKind(object, 'GatewayClass') ? [keyOf(object)] : []),
    reconcile(_, name) {
      const found = cluster.get('GatewayClass', undefined, name);
      if (!found || !gatewayControllers.includes(found.spec.controllerName)) return;
      const before = found.status?.conditions as Condition[] | undefined;
      const conditions = conditionsOf(before, found.metadata.generation ?? 1, [['Accepted', true, 'Accepted']]);
      cluster.objects.updateStatus({ ...found, status: { conditions } });
    },
  };
}

/** Programs Gateways of those classes and counts their routes. */
export function gatewayController(cluster: Cluster): Controller {
  return {
    name: 'gateway-controller',
    kind: 'Gateway',
    concerns(object) {
      if (isKind(object, 'Gateway')) return [keyOf(object)];
      if (isKind(object, 'HTTPRoute'))
        return (object.spec.parentRefs ?? []).map((to) => `${to.namespace ?? object.metadata.namespace}/${to.name}`);
      return isKind(object, 'GatewayClass') ? cluster.list('Gateway').map(keyOf) : [];
    },
    reconcile(namespace, name) {
      const gateway = cluster.get('Gateway', namespace, name);
      if (!gateway || !isServed(cluster, gateway)) return;
      const generation = gateway.metadata.generation ?? 1;
      const before = gateway.status as {
        conditions?: Condition[];
        listeners?: { name: string; conditions: Condition[] }[];
      };
      const listeners = gateway.spec.listeners.map((listener) => {
        const known = ['HTTP', 'HTTPS'].includes(listener.protocol);
        const old = before?.listeners?.find((own) => own.name === listener.name)?.conditions;
        return {
          name: listener.name,
          supportedKinds: [{ group: 'gateway.networking.k8s.io', kind: 'HTTPRoute' }],
          attachedRoutes: countRoutes(cluster, gateway, listener.name),
          conditions: conditionsOf(old, generation, [
            ['Accepted', known, known ? 'Accepted' : 'UnsupportedProtocol'],
            ['Programmed', known, known ? 'Programmed' : 'Invalid'],
            ['ResolvedRefs', true, 'ResolvedRefs'],
          ]),
        };
      });
      const conditions = conditionsOf(before?.conditions, generation, [
        ['Accepted', true, 'Accepted'],
        ['Programmed', true, 'Programmed'],
      ]);
      const addresses = [{ type: 'IPAddress', value: '127.0.0.1' }];
      cluster.objects.updateStatus({ ...gateway, status: { addresses, conditions, listeners } });
    },
  };
}

function countRoutes(cluster: Cluster, gateway: Gateway, sectionName: string): number {
  const { namespace, name } = gateway.metadata;
  return cluster.list('HTTPRoute').filter((route) =>
    (route.spec.parentRefs ?? []).some((to) => {
      const here = to.name === name && (to.namespace ?? route.metadata.namespace) === namespace;
      const section = here && isGatewayReference(to) && (to.sectionName ?? sectionName) === sectionName;
      return section && attach(cluster, route, { ...to, sectionName }, gateway).kind === 'attached';
    }),
  ).length;
}

/** Says of every route whether its parents accept it and its backends are there. */
export function routeController(cluster: Cluster): Controller {
  return {
    name: 'httproute-controller',
    kind: 'HTTPRoute',
    concerns(object) {
      if (isKind(object, 'HTTPRoute')) return [keyOf(object)];
      const { namespace } = object.metadata;
      const names = (route: HttpRoute): boolean =>
        (route.spec.rules ?? []).some((rule) =>
          rule.backendRefs?.some((to) => (to.namespace ?? route.metadata.namespace) === namespace),
        );
      if (isKind(object, 'Service')) return cluster.list('HTTPRoute').filter(names).map(keyOf);
      const anywhere = (['Gateway', 'GatewayClass', 'Namespace', 'ReferenceGrant'] as const).some((kind) =>
        isKind(object, kind),
      );
      return anywhere ? cluster.list('HTTPRoute').map(keyOf) : [];
    },
    reconcile(namespace, name) {
      const route = cluster.get('HTTPRoute', namespace, name);
      if (!route) return;
      const others = (route.status?.parents ?? []).filter((own) => !gatewayControllers.includes(own.controllerName));
      const served = (route.spec.parentRefs ?? []).flatMap((to) => parentStatus(cluster, route, to) ?? []);
      const parents = [...others, ...served];
      if (canonical(route.status?.parents ?? []) === canonical(parents)) return;
      cluster.objects.updateStatus({ ...route, status: { parents } });
    },
  };
}

function parentStatus(cluster: Cluster, route: HttpRoute, parentRef: ParentReference): RouteParentStatus | undefined {
  const gateway = servedGateway(cluster, route, parentRef);
  if (!gateway) return undefined;
  const [controllerName = ''] = gatewayControllers;
  const old = route.status?.parents?.find((own) => canonical(own.parentRef) === canonical(parentRef));
  const attachment = attach(cluster, route, parentRef, gateway);
  const backends = (route.spec.rules ?? []).flatMap((rule) => rule.backendRefs ?? []);
  const [problem] = backends.flatMap((backend) => backendProblem(cluster, route, backend) ?? []);
  const conditions = conditionsOf(old?.conditions, route.metadata.generation ?? 1, [
    attachment.kind === 'attached'
      ? ['Accepted', true, 'Accepted']
      : ['Accepted', false, attachment.reason, attachment.message],
    problem ? ['ResolvedRefs', false, problem.reason, problem.message] : ['ResolvedRefs', true, 'ResolvedRefs'],
  ]);
  return { parentRef, controllerName, conditions };
}
