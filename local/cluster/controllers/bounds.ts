/**
 * What bounds how many pods there are: HorizontalPodAutoscaler (by minimum and maximum only, there are no metrics) and
 * PodDisruptionBudget (its status; nothing evicts here). Separate because both look at a workload from outside.
 */
import type { Condition, Pod } from '../kinds.ts';
import { isActive, isKind, readySince, selects, withCondition } from '../kinds.ts';
import type { Cluster } from '../kinds.ts';
import { limitsOf } from './rolling-update.ts';
import { keyOf } from './run-controllers.ts';
import type { Controller } from './run-controllers.ts';

/** Keeps a Deployment's replicas between an autoscaler's minimum and maximum; 0 replicas switch it off. */
export function autoscalerController(cluster: Cluster): Controller {
  return {
    name: 'horizontal-pod-autoscaler',
    kind: 'HorizontalPodAutoscaler',
    concerns(object) {
      if (isKind(object, 'HorizontalPodAutoscaler')) return [keyOf(object)];
      if (!isKind(object, 'Deployment')) return [];
      const { namespace, name } = object.metadata;
      const all = cluster.list('HorizontalPodAutoscaler', namespace);
      return all.filter(({ spec: { scaleTargetRef: to } }) => to.kind === 'Deployment' && to.name === name).map(keyOf);
    },
    reconcile(namespace, name) {
      const scaler = cluster.get('HorizontalPodAutoscaler', namespace, name);
      if (!scaler) return;
      const { scaleTargetRef, minReplicas = 1, maxReplicas } = scaler.spec;
      const isDeployment = scaleTargetRef.kind === 'Deployment';
      const target = isDeployment ? cluster.get('Deployment', namespace, scaleTargetRef.name) : undefined;
      const wanted = target?.spec.replicas ?? 1;
      const desired = wanted === 0 ? 0 : Math.min(Math.max(wanted, minReplicas), maxReplicas);
      if (target && desired !== wanted)
        cluster.objects.update({ ...target, spec: { ...target.spec, replicas: desired } });
      const able = target
        ? ({ status: 'True', reason: 'ReadyForNewScale', message: 'recommended size matches current size' } as const)
        : ({ status: 'False', reason: 'FailedGetScale', message: `no Deployment "${scaleTargetRef.name}"` } as const);
      const inactive = wanted === 0 ? 'ScalingDisabled' : 'FailedGetResourceMetric';
      const before = (scaler.status?.conditions ?? []) as Condition[];
      const status = {
        observedGeneration: scaler.metadata.generation,
        currentReplicas: target?.status?.replicas ?? 0,
        desiredReplicas: desired,
        conditions: withCondition(withCondition(before, { type: 'AbleToScale', ...able }), {
          type: 'ScalingActive',
          status: 'False',
          reason: inactive,
          message: 'there are no metrics here: only the minimum and the maximum act',
        }),
      };
      cluster.objects.updateStatus({ ...scaler, status });
    },
  };
}

/** Says how many pods of a budget may be taken away now. */
export function disruptionController(cluster: Cluster): Controller {
  return {
    name: 'disruption-controller',
    kind: 'PodDisruptionBudget',
    concerns(object) {
      if (isKind(object, 'PodDisruptionBudget')) return [keyOf(object)];
      if (!isKind(object, 'Pod')) return [];
      const budgets = cluster.list('PodDisruptionBudget', object.metadata.namespace);
      return budgets.filter((budget) => selects(budget.spec.selector, object.metadata.labels)).map(keyOf);
    },
    reconcile(namespace, name) {
      const budget = cluster.get('PodDisruptionBudget', namespace, name);
      if (!budget) return;
      const selected = (pod: Pod): boolean => isActive(pod) && selects(budget.spec.selector, pod.metadata.labels);
      const pods = cluster.list('Pod', namespace).filter(selected);
      const currentHealthy = pods.filter((pod) => readySince(pod) !== undefined).length;
      const { minAvailable, maxUnavailable = 0 } = budget.spec;
      const share = (value: number | string): number => limitsOf(pods.length, value, 1).maxSurge;
      const desiredHealthy = minAvailable === undefined ? pods.length - share(maxUnavailable) : share(minAvailable);
      const disruptionsAllowed = Math.max(0, currentHealthy - desiredHealthy);
      const allowed = disruptionsAllowed > 0;
      const status = {
        observedGeneration: budget.metadata.generation,
        currentHealthy,
        desiredHealthy: Math.max(0, desiredHealthy),
        disruptionsAllowed,
        expectedPods: pods.length,
        conditions: withCondition(budget.status?.conditions as Condition[] | undefined, {
          type: 'DisruptionAllowed',
          status: allowed ? 'True' : 'False',
          message: '',
          reason: allowed ? 'SufficientPods' : 'InsufficientPods',
        }),
      };
      cluster.objects.updateStatus({ ...budget, status });
    },
  };
}
