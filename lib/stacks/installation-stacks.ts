/**
 * All stacks of one installation. Separate from the app so that tests synthesize any settings in the same way.
 */
import type { App } from 'aws-cdk-lib';
import type { Settings } from '../../lambdas/boundary/settings/settings.ts';
import { installationOf } from '../constructs/installation.ts';
import { ClusterStack } from './cluster-stack.ts';
import { DeliveryStack } from './delivery-stack.ts';
import { OperationsStack } from './operations-stack.ts';
import { StateStack } from './state-stack.ts';

export interface InstallationStacks {
  readonly state: StateStack;
  readonly cluster: ClusterStack;
  readonly delivery: DeliveryStack;
  readonly operations: OperationsStack;
}

/** Makes the four stacks; they are environment-agnostic, so that nothing is looked up in an account at synth time. */
export function installationStacks(app: App, settings: Settings): InstallationStacks {
  const installation = installationOf(settings);
  const { name } = installation;
  const state = new StateStack(app, 'State', {
    stackName: `${name}-state`,
    description: `Espalier ${name}: records, images and archives`,
    installation,
  });
  const cluster = new ClusterStack(app, 'Cluster', {
    stackName: `${name}-cluster`,
    description: `Espalier ${name}: the cluster and the ways in`,
    installation,
  });
  const delivery = new DeliveryStack(app, 'Delivery', {
    stackName: `${name}-delivery`,
    description: `Espalier ${name}: from a push to its environment`,
    installation,
    state,
    cluster,
  });
  const operations = new OperationsStack(app, 'Operations', {
    stackName: `${name}-operations`,
    description: `Espalier ${name}: sweep, alarms and dashboard`,
    installation,
    state,
    cluster,
    delivery,
  });
  return { state, cluster, delivery, operations };
}
