/** State machines as a person starts and watches them; what Espalier starts by itself goes through `Executions`. */
import type { Tier } from '../contracts/kinds.ts';
import type { Workflow } from '../contracts/stages.ts';

/** How far an execution is. */
export type ExecutionState =
  | { readonly kind: 'running' }
  | { readonly kind: 'succeeded'; readonly output: unknown }
  | { readonly kind: 'failed'; readonly error: string; readonly cause: string };

export interface Workflows {
  /** Starts a state machine with this input and answers the ARN of the execution. */
  start(workflow: Workflow, tier: Tier, input: object): Promise<string>;
  state(execution: string): Promise<ExecutionState>;
}
