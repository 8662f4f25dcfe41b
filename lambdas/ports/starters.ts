/** Who started executions of *decide approval*, and states that wait to hear it. */
export interface Starter {
  readonly execution: string;
  /** Grows with every saved change; saving is conditional on the one that was read. */
  readonly version: number;
  /** ARN of who started it. */
  readonly by?: string;
  /** Token of the state that waits to hear it. */
  readonly token?: string;
  /** Approval under which a decision was taken before it was known whose it is. */
  readonly approval?: string;
}

export interface Starters {
  load(execution: string): Promise<Starter | undefined>;
  /** Saves for the version that was read (0: must not exist); `conflict` when somebody was faster. */
  save(starter: Starter): Promise<'saved' | 'conflict'>;
}
