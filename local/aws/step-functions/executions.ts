/**
 * All executions of all machines: started, continued after a restart, found, forgotten after 90 days. Separate from the
 * API, which only translates.
 */
import { AwsError } from '../api.ts';
import type { Clock } from './clock.ts';
import type { HistoryEvent } from './history.ts';
import { createInterpreter, outcomeOf, type Interpreter, type Outcome, type RunningExecution } from './interpreter.ts';
import type { ExecutionHeader, JournalFiles } from './journal-files.ts';
import type { TaskRunner } from './run.ts';
import { createTaskTokens, type TaskTokens } from './task-tokens.ts';

/** A state machine as the template declares it. */
export interface StateMachine {
  readonly arn: string;
  readonly name: string;
  readonly roleArn: string;
  readonly definition: string;
  readonly tags?: Readonly<Record<string, string>>;
}

/** An execution as Describe and List show it. */
export interface ExecutionRecord extends ExecutionHeader {
  readonly outcome: Outcome | undefined;
  readonly stopDate: number | undefined;
}

/** https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html: history and name are kept for 90 days after the end. */
const retention = 90 * 24 * 3600 * 1000;

/** What the executions need. */
export interface ExecutionsOptions {
  readonly files: JournalFiles;
  readonly clock: Clock;
  readonly tasks: TaskRunner;
  readonly random: () => number;
  /** Told when an execution starts and when it ends. */
  changed(execution: ExecutionRecord): void;
}

interface Known {
  readonly header: ExecutionHeader;
  outcome: Outcome | undefined;
  stopDate: number | undefined;
  running: RunningExecution | undefined;
}

/** The executions of one state folder. */
export class Executions {
  readonly tokens: TaskTokens = createTaskTokens();
  readonly #options: ExecutionsOptions;
  readonly #known = new Map<string, Known>();
  readonly #interpreters = new Map<string, Interpreter>();

  constructor(options: ExecutionsOptions) {
    this.#options = options;
    const unfinished = [];
    for (const { header, entries } of options.files.all()) {
      const last = entries.at(-1)?.event;
      const outcome = outcomeOf(last);
      const known: Known = { header, outcome, stopDate: outcome && last?.timestamp, running: undefined };
      this.#known.set(header.executionArn, known);
      this.#forgetIfOld(known);
      if (outcome === undefined) unfinished.push({ known, entries });
    }
    for (const { known, entries } of unfinished) this.#run(known, entries);
  }

  /** Starts; the same name and input while it runs is the same execution. */
  start(machine: StateMachine, name: string, input: string): ExecutionRecord {
    const executionArn = `${machine.arn.replace(':stateMachine:', ':execution:')}:${name}`;
    const existing = this.find(executionArn);
    if (existing !== undefined) {
      if (existing.outcome === undefined && existing.input === input) return existing;
      throw new AwsError('ExecutionAlreadyExists', `Execution Already Exists: '${executionArn}'`);
    }
    const { files, clock } = this.#options;
    const definition = files.keepDefinition(machine.definition);
    const header = {
      executionArn,
      stateMachineArn: machine.arn,
      name,
      roleArn: machine.roleArn,
      input,
      startDate: clock.now(),
      definition,
    };
    files.create(header);
    const known: Known = { header, outcome: undefined, stopDate: undefined, running: undefined };
    this.#known.set(executionArn, known);
    this.#run(known, []);
    this.#options.changed(recordOf(known));
    return recordOf(known);
  }

  find(executionArn: string): ExecutionRecord | undefined {
    const known = this.#known.get(executionArn);
    return known === undefined || this.#forgetIfOld(known) ? undefined : recordOf(known);
  }

  /** The newest first. */
  list(stateMachineArn: string): ExecutionRecord[] {
    return [...this.#known.values()]
      .filter((known) => known.header.stateMachineArn === stateMachineArn && !this.#forgetIfOld(known))
      .map(recordOf)
      .toReversed()
      .sort((one, other) => other.startDate - one.startDate);
  }

  history(executionArn: string): readonly HistoryEvent[] {
    const { running } = this.#known.get(executionArn) ?? {};
    return running?.history ?? this.#options.files.entries(executionArn).flatMap(({ event }) => event ?? []);
  }

  definition(execution: ExecutionHeader): string {
    return this.#options.files.definition(execution.definition);
  }

  /** Stops a running execution; a closed one stays as it ended. */
  stop(executionArn: string, error?: string, cause?: string): void {
    const known = this.#known.get(executionArn);
    known?.running?.stop(error, cause);
    if (known) this.#close(known);
  }

  /** How the execution ended, once it has. */
  async ended(executionArn: string): Promise<ExecutionRecord | undefined> {
    await this.#known.get(executionArn)?.running?.ended;
    return this.find(executionArn);
  }

  #run(known: Known, entries: Parameters<JournalFiles['journal']>[1]): void {
    const { header } = known;
    const { executionArn, name, stateMachineArn, roleArn, definition } = header;
    const journal = this.#options.files.journal(executionArn, entries);
    const input = JSON.parse(header.input) as unknown;
    const interpreter = this.#interpreter(stateMachineArn, roleArn, definition);
    known.running = interpreter.start({ name, executionArn, input, journal });
    void known.running.ended.then(() => this.#close(known));
  }

  #close(known: Known): void {
    const last = known.running?.history.at(-1);
    const outcome = outcomeOf(last);
    if (outcome === undefined) return;
    known.outcome = outcome;
    known.stopDate = last?.timestamp;
    known.running = undefined;
    this.#options.changed(recordOf(known));
  }

  #interpreter(stateMachineArn: string, roleArn: string, definition: string): Interpreter {
    const key = `${stateMachineArn} ${roleArn} ${definition}`;
    const existing = this.#interpreters.get(key);
    if (existing !== undefined) return existing;
    const { files, clock, tasks, random } = this.#options;
    const text = files.definition(definition);
    const made = { definition: text, clock, tasks, random, tokens: this.tokens, stateMachineArn, roleArn };
    const interpreter = createInterpreter(made);
    this.#interpreters.set(key, interpreter);
    return interpreter;
  }

  #forgetIfOld({ header, stopDate }: Known): boolean {
    if (stopDate === undefined || stopDate + retention > this.#options.clock.now()) return false;
    this.#options.files.remove(header.executionArn);
    this.#known.delete(header.executionArn);
    return true;
  }
}

function recordOf({ header, outcome, stopDate }: Known): ExecutionRecord {
  return { ...header, outcome, stopDate };
}
