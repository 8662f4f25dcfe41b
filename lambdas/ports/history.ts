/** What happened to an environment, kept for people; never read to decide. */
export interface HistoryEvent {
  readonly environment: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly stage: string;
  /** A short sentence: what happened. */
  readonly message: string;
  readonly service?: string;
  readonly generation?: number;
  readonly commit?: string;
  /** Milliseconds a step took. */
  readonly took?: number;
  readonly level: 'info' | 'warning' | 'error';
}

export interface History {
  append(event: HistoryEvent): Promise<void>;
  /** Events of an environment, oldest first, of one service and generation when given. */
  of(
    environment: string,
    filter?: { readonly service?: string; readonly generation?: number; readonly after?: number },
  ): Promise<readonly HistoryEvent[]>;
}
