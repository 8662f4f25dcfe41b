/**
 * What a load's outcomes say together: how many were lost and why, when the first and the last bad answer was, and which commit answered
 * when. Pure, so that any window of a load can be reported.
 */
import { isBad, lostBecause, type ConnectionUse, type Outcome } from './outcome.ts';

export interface Report {
  readonly requests: number;
  readonly lost: number;
  /** Lost requests by reason. */
  readonly lostBecause: Readonly<Record<string, number>>;
  /** Requests and losses by how they reached the way in. */
  readonly connections: Readonly<Record<ConnectionUse, { readonly requests: number; readonly lost: number }>>;
  /** Lost, or failures that the service answered itself: what users saw go wrong. */
  readonly bad: Span;
  /** Answers by status. */
  readonly statuses: Readonly<Record<string, number>>;
  /** Answers by the commit that gave them, in the order in which they first answered. */
  readonly commits: readonly (Span & { readonly commit: string; readonly bad: number })[];
  /** One entry per second of the load, from its first request. */
  readonly overTime: readonly Second[];
  /** Milliseconds. */
  readonly latency: { readonly p50: number; readonly p95: number; readonly p99: number; readonly slowest: number };
}

/** How many, and the moments at which the first and the last of them were sent. */
export interface Span {
  readonly count: number;
  readonly first?: number;
  readonly last?: number;
}

export interface Second {
  readonly at: number;
  readonly lost: number;
  readonly bad: number;
  /** Answers by commit. */
  readonly commits: Readonly<Record<string, number>>;
}

/** Summed up; an empty load is a report of nothing. */
export function reportOf(outcomes: readonly Outcome[]): Report {
  const sent = outcomes.toSorted((one, other) => one.sentAt - other.sentAt);
  const lost = sent.filter((outcome) => lostBecause(outcome) !== undefined);
  const latencies = sent.map(({ tookMs }) => tookMs).sort((one, other) => one - other);
  const answers = sent.flatMap(({ ending }) => (ending.kind === 'answered' ? [ending] : []));
  return {
    requests: sent.length,
    lost: lost.length,
    lostBecause: counted(lost.map((outcome) => lostBecause(outcome) ?? '')),
    connections: { kept: ofConnection(sent, 'kept'), new: ofConnection(sent, 'new') },
    bad: spanOf(sent.filter(isBad)),
    statuses: counted(answers.map(({ status }) => String(status))),
    commits: byCommit(sent),
    overTime: bySecond(sent),
    latency: {
      p50: percentile(latencies, 0.5),
      p95: percentile(latencies, 0.95),
      p99: percentile(latencies, 0.99),
      slowest: latencies.at(-1) ?? 0,
    },
  };
}

/** A few lines for people; times count from the first request. */
export function describeReport(report: Report): string {
  const began = report.overTime[0]?.at ?? 0;
  const seconds = (moment: number | undefined): string => `${(((moment ?? began) - began) / 1000).toFixed(1)} s`;
  const { kept, new: fresh } = report.connections;
  const reasons = Object.entries(report.lostBecause).map(([reason, count]) => `${reason}: ${String(count)}`);
  return [
    `${String(report.lost)} of ${String(report.requests)} requests lost (kept connections ${String(kept.lost)} of ${String(kept.requests)}, new ones ${String(fresh.lost)} of ${String(fresh.requests)})`,
    ...(reasons.length > 0 ? [`lost because: ${reasons.join(', ')}`] : []),
    ...(report.bad.count > 0
      ? [
          `bad answers: ${String(report.bad.count)}, from ${seconds(report.bad.first)} to ${seconds(report.bad.last)} of the load`,
        ]
      : []),
    ...report.commits.map(
      ({ commit, count, bad, first, last }) =>
        `${commit.slice(0, 8)} answered ${String(count)}, ${String(bad)} of them badly, from ${seconds(first)} to ${seconds(last)}`,
    ),
    `latency: half within ${report.latency.p50.toFixed(1)} ms, 99 % within ${report.latency.p99.toFixed(1)} ms, slowest ${report.latency.slowest.toFixed(0)} ms`,
  ].join('\n');
}

function spanOf(outcomes: readonly Outcome[]): Span {
  const [first, last] = [outcomes[0]?.sentAt, outcomes.at(-1)?.sentAt];
  return { count: outcomes.length, ...(first !== undefined && { first }), ...(last !== undefined && { last }) };
}

function ofConnection(sent: readonly Outcome[], connection: ConnectionUse) {
  const those = sent.filter((outcome) => outcome.connection === connection);
  return { requests: those.length, lost: those.filter((outcome) => lostBecause(outcome) !== undefined).length };
}

function commitOf({ ending }: Outcome): string | undefined {
  return ending.kind === 'answered' ? ending.commit : undefined;
}

function byCommit(sent: readonly Outcome[]): Report['commits'] {
  const groups = Map.groupBy(sent, commitOf);
  return [...groups].flatMap(([commit, answers]) =>
    commit === undefined ? [] : [{ commit, ...spanOf(answers), bad: answers.filter(isBad).length }],
  );
}

function bySecond(sent: readonly Outcome[]): readonly Second[] {
  const began = sent[0]?.sentAt ?? 0;
  const groups = Map.groupBy(sent, ({ sentAt }) => Math.floor((sentAt - began) / 1000));
  return [...groups].map(([second, those]) => ({
    at: began + second * 1000,
    lost: those.filter((outcome) => lostBecause(outcome) !== undefined).length,
    bad: those.filter(isBad).length,
    commits: counted(those.flatMap((outcome) => commitOf(outcome) ?? [])),
  }));
}

function counted(words: readonly string[]): Readonly<Record<string, number>> {
  return Object.fromEntries([...Map.groupBy(words, (word) => word)].map(([word, those]) => [word, those.length]));
}

/** Nearest rank. */
function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;
}
