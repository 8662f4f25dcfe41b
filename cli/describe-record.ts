/**
 * A record in words. Separate because lists, pages and the end of a delivery say the same about the same state.
 */
import { promiseOf } from '../lambdas/domain/catalogue/catalogue.ts';
import type { EnvironmentRecord, ServiceRecord } from '../lambdas/domain/environment/record.ts';
import { isBlocked, isLive, workOf } from '../lambdas/domain/environment/services.ts';
import { indented, printable, short } from './terminal.ts';

/** One service: `ready`, `delivering 1a2b3c4d`, `failed`, `ready, 1a2b3c4d dark`, … */
export function serviceState(service: ServiceRecord): string {
  const { owner, desired } = service;
  if (owner?.workflow === 'deliver-service') return `delivering ${short(owner.commit ?? '')}`;
  if (owner !== undefined) return 'withdrawing';
  if (isBlocked(service.failure)) return 'failed';
  if (workOf(service) !== 'none') return 'waiting to start';
  if (desired.kind === 'commit')
    return service.dark === undefined ? 'ready' : `ready, ${short(service.dark.commit)} dark`;
  return service.held === undefined ? 'withdrawn' : 'removed by hand, until the next push';
}

/** The whole environment in a word or two. */
export function environmentState(record: EnvironmentRecord): string {
  if (record.phase === 'removed') return 'removed';
  if (record.phase === 'removing') return record.removal.failure === undefined ? 'removing' : 'removal failed';
  const live = Object.values(record.services).filter(isLive);
  const states = new Set(live.map((service) => serviceState(service).split(/[ ,]/)[0] ?? ''));
  const worst = ['failed', 'delivering', 'withdrawing', 'waiting'].find((state) => states.has(state));
  return worst ?? (live.length === 0 ? 'empty' : 'ready');
}

/** Lines about one service: state, commits, link, and why not when it failed. */
export function serviceLines(key: string, service: ServiceRecord): string[] {
  const { applied, dark, failure } = service;
  const owner = promiseOf(service)?.owner;
  return [
    `${printable(service.name ?? key)}: ${serviceState(service)}`,
    `  repository  ${printable(service.repository)}`,
    ...(owner === undefined ? [] : [`  owner       ${printable(owner)}`]),
    ...(service.desired.kind === 'commit' ? [`  wanted      ${short(service.desired.commit)}`] : []),
    ...(service.desired.kind === 'commit' && service.held !== undefined
      ? [`  held back   ${short(service.held)}, until the next push`]
      : []),
    ...(applied === undefined ? [] : [`  running     ${short(applied.commit)}`]),
    ...(dark === undefined
      ? []
      : [
          `  dark        ${short(dark.commit)}, reached by ${printable(dark.header.name)}: ${printable(dark.header.value)}, until ${new Date(dark.until).toISOString()}`,
        ]),
    ...(applied?.url === undefined ? [] : [`  link        ${printable(applied.url)}`]),
    ...(failure === undefined ? [] : [`  failed      ${indented(failure.reason, 14)}`]),
  ];
}
