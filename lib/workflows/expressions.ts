/**
 * JSONata expressions as state machines write them. Separate because the type keeps literals and expressions apart in payloads.
 */

/** A JSONata expression in the delimiters of Step Functions. */
export type Expression = `{% ${string} %}`;

/** The name of the execution that runs. */
export const EXECUTION: Expression = '{% $states.context.Execution.Name %}';

/** What the execution was started with. */
export const EXECUTION_INPUT: Expression = '{% $states.context.Execution.Input %}';

/** The answer of a function, as the state's result. */
export const ANSWER: Expression = '{% $states.result.Payload %}';

/**
 * What a state machine sends for an input of the contracts: every field literally or as an expression, so that the compiler
 * finds a task that forgets one. `execution` is added to every task.
 */
export type Asked<Input> = Input extends unknown
  ? { readonly [Field in Exclude<keyof Input, 'execution'>]: Input[Field] | Expression }
  : never;
