/**
 * All controllers of the cluster, started together. Separate because it is the only place that knows them all.
 */
import type { Objects } from '../objects.ts';
import { autoscalerController, disruptionController } from './bounds.ts';
import { cronJobController } from './cron-job.ts';
import { deploymentController } from './deployment.ts';
import { endpointsController } from './endpoints.ts';
import { gatewayClassController, gatewayController, routeController } from './gateway-status.ts';
import { jobController } from './job.ts';
import {
  claimController,
  eventExpiryController,
  loadBalancerController,
  serviceAccountController,
} from './namespace-defaults.ts';
import { replicaSetController } from './replica-set.ts';
import { runControllers } from './run-controllers.ts';
import type { Stoppable } from './run-controllers.ts';

/** Starts every controller on these objects; what they cannot explain is logged. */
export function startControllers(objects: Objects, options: { log(line: string): void }): Stoppable {
  const controllers = [
    serviceAccountController,
    deploymentController,
    replicaSetController,
    jobController,
    cronJobController,
    claimController,
    endpointsController,
    autoscalerController,
    disruptionController,
    loadBalancerController,
    gatewayClassController,
    gatewayController,
    routeController,
    eventExpiryController,
  ];
  const log = (line: string): void => options.log(`controllers: ${line}`);
  return runControllers(objects, controllers, log);
}
