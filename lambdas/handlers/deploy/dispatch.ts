/** From an action to its use case. Separate from the composition in handler.ts, so that tests and the model go the same way. */
import type { DeployInput } from '../../contracts/inputs.ts';
import { applyProcesses, applyWorkload } from './apply-workload.ts';
import { awaitPods } from './await-pods.ts';
import { checkContract } from './check-contract.ts';
import { clearExperiment, prepareExperiment } from './prepare-experiment.ts';
import type { PreparePorts } from './ports.ts';
import { runJobs, runWithdrawalJobs } from './run-jobs.ts';
import { withdrawWorkload } from './withdraw-workload.ts';

/** Runs one action of the function `deploy`. */
export function runDeploy(ports: PreparePorts, input: DeployInput): Promise<object> {
  switch (input.action) {
    case 'apply':
      return applyWorkload(ports, input.delivery, input.digest, input);
    case 'apply-processes':
      return applyProcesses(ports, input.delivery, input.digest, input.side);
    case 'await-pods':
      return awaitPods(ports, input.delivery, input.side);
    case 'run-jobs':
      return runJobs(ports, input.delivery, input.digest, input);
    case 'run-withdrawal-jobs':
      return runWithdrawalJobs(ports, input.claim);
    case 'check-contract':
      return checkContract(ports, input.delivery, input.side);
    case 'withdraw':
      return withdrawWorkload(ports, input.claim);
    case 'prepare-experiment':
      return prepareExperiment(ports, input);
    case 'clear-experiment':
      return clearExperiment(ports, input);
  }
}
