/**
 * Calls along a chain of services, one after the other, each with the time that it took. Separate because what an experiment does to
 * them is said in counts: how many were lost, and how long the others took, before, meanwhile and afterwards.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { linkOf, type Answered } from '../../../tour/ask.ts';
import { way } from '../../../tour/way.ts';

const PAUSE_MS = 100;
/** Seconds for which resolvers may remember where a name led: CoreDNS says 5 s. */
const REMEMBERED_MS = 6_000;
/** Calls before and after. */
const AROUND = 10;

interface Call {
  readonly begun: number;
  readonly milliseconds: number;
}

export class TimedCalls {
  /** Answers that did not come along the whole chain. */
  readonly lost: Answered[] = [];
  readonly #calls: Call[] = [];
  readonly #ask: () => Promise<Answered>;
  readonly #way: string;

  constructor(ask: () => Promise<Answered>, chain: readonly string[]) {
    this.#ask = ask;
    this.#way = chain.join();
  }

  get count(): number {
    return this.#calls.length;
  }

  /** Calls all the while, and a little before and afterwards. */
  async during<Result>(play: () => Promise<Result>): Promise<Result> {
    for (let index = 0; index < AROUND; index += 1) await this.#call();
    const played = new AbortController();
    const calling = (async () => {
      while (!played.signal.aborted) await this.#call();
    })();
    try {
      return await play();
    } finally {
      played.abort();
      await calling;
      for (let index = 0; index < AROUND; index += 1) await this.#call();
    }
  }

  /** Milliseconds of calls by when they began: before the first late one, while names are known, and after the last. */
  around(delay: number): Readonly<Record<'before' | 'while' | 'after', readonly number[]>> {
    const late = this.#calls.filter(({ milliseconds }) => milliseconds >= delay);
    const [first = Infinity, last = Infinity] = [late[0]?.begun, late.at(-1)?.begun];
    const times = (of: (call: Call) => boolean) => this.#calls.filter(of).map(({ milliseconds }) => milliseconds);
    return {
      before: times(({ begun }) => begun < first),
      while: times(({ begun }) => begun > first + REMEMBERED_MS && begun <= last),
      after: times(({ begun }) => begun > last),
    };
  }

  async #call(): Promise<void> {
    const begun = performance.now();
    const answered = await this.#ask();
    this.#calls.push({ begun, milliseconds: performance.now() - begun });
    if (way(linkOf(answered)).join() !== this.#way) this.lost.push(answered);
    await pause(PAUSE_MS);
  }
}

/** The one in the middle, in whole milliseconds. */
export function medianOf(times: readonly number[]): number {
  return Math.round(times.toSorted((one, other) => one - other)[Math.floor(times.length / 2)] ?? Number.NaN);
}
