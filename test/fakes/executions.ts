/** Executions of state machines in memory: names are taken for ever, inputs are compared, ends are told by the test. */
import type { Tier } from '../../lambdas/contracts/kinds.ts';
import type { Owner } from '../../lambdas/domain/environment/record.ts';
import type { Executions, StartAnswer } from '../../lambdas/ports/executions.ts';

/** One execution that was started. */
export interface StartedExecution {
  readonly tier: Tier;
  readonly workflow: Owner['workflow'];
  readonly execution: string;
  readonly input: string;
  running: boolean;
}

export class FakeExecutions implements Executions {
  /** In the order in which they were started. */
  readonly started: StartedExecution[] = [];
  /** Told of every execution that begins. */
  onStart: (execution: StartedExecution) => void = () => undefined;

  /** A person starts one under any name; answers it. */
  startByHand(tier: Tier, workflow: Owner['workflow'], execution: string, input: object): StartedExecution {
    const begun = { tier, workflow, execution, input: JSON.stringify(input), running: true };
    this.started.push(begun);
    return begun;
  }

  async start(tier: Tier, owner: Pick<Owner, 'workflow' | 'execution' | 'input'>): Promise<StartAnswer> {
    const known = this.#find(tier, owner);
    if (known !== undefined) {
      if (known.input !== owner.input) return Promise.resolve('name-taken');
      return Promise.resolve(known.running ? 'running' : 'ended');
    }
    const begun = { tier, ...pick(owner), running: true };
    this.started.push(begun);
    this.onStart(begun);
    return Promise.resolve('running');
  }

  async status(tier: Tier, owner: Pick<Owner, 'workflow' | 'execution'>): ReturnType<Executions['status']> {
    const known = this.#find(tier, owner);
    if (known === undefined) return Promise.resolve('absent');
    return Promise.resolve(known.running ? 'running' : 'ended');
  }

  #find(tier: Tier, owner: Pick<Owner, 'workflow' | 'execution'>): StartedExecution | undefined {
    return this.started.find(
      (known) => known.tier === tier && known.workflow === owner.workflow && known.execution === owner.execution,
    );
  }
}

function pick({ workflow, execution, input }: Pick<Owner, 'workflow' | 'execution' | 'input'>) {
  return { workflow, execution, input };
}
