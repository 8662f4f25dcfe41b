/**
 * The words of which cells are made: texts and numbers that may be absent, spans of time, selectors. Separate because every kind's cells
 * are made of them, and say nothing about a kind.
 */
import type { KubeObject } from '../objects.ts';
import { isObject, type Json } from './decode.ts';
import { at } from './selectors.ts';

/** The objects of what should be a list. */
export const list = (value: unknown): Json[] => (Array.isArray(value) ? value.filter(isObject) : []);
/** The texts of what should be a list. */
export const strings = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : []);
/** What should be an object. */
export const object = (value: unknown): Json => (isObject(value) ? value : {});
/** A text or a number as it is shown. */
export const text = (value: unknown, absent = '<none>'): string =>
  typeof value === 'string' && value !== '' ? value : typeof value === 'number' ? String(value) : absent;
/** What should be a number. */
export const count = (value: unknown): number => (typeof value === 'number' ? value : 0);
/** Several values in one cell. */
export const joined = (values: readonly string[], absent = '<none>'): string =>
  values.length > 0 ? values.join(',') : absent;

/** A span of time in the few characters that people read: `45s`, `3m12s`, `5d`. */
export function humanDuration(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1000);
  if (seconds < 0) return '0s';
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  const with_ = (big: number, unit: string, small: number, smallUnit: string): string =>
    small === 0 ? `${big}${unit}` : `${big}${unit}${small}${smallUnit}`;
  if (minutes < 10) return with_(minutes, 'm', seconds % 60, 's');
  if (minutes < 180) return `${minutes}m`;
  const hours = Math.floor(minutes / 60);
  if (hours < 8) return with_(hours, 'h', minutes % 60, 'm');
  if (hours < 48) return `${hours}h`;
  const days = Math.floor(hours / 24);
  if (hours < 192) return with_(days, 'd', hours % 24, 'h');
  if (days < 730) return `${days}d`;
  return days < 8 * 365 ? with_(Math.floor(days / 365), 'y', days % 365, 'd') : `${Math.floor(days / 365)}y`;
}
/** How long ago that was. */
export const since = (time: unknown): string =>
  typeof time === 'string' ? humanDuration(Date.now() - Date.parse(time)) : '<unknown>';

/** A selector as people write it. */
export const selector = (value: unknown): string => {
  const { matchLabels, matchExpressions } = object(value);
  const labels = Object.entries(object(matchLabels)).map(([key, label]) => `${key}=${text(label, '')}`);
  const expressions = list(matchExpressions).map(({ key, operator, values }) =>
    operator === 'Exists'
      ? text(key)
      : operator === 'DoesNotExist'
        ? `!${text(key)}`
        : `${text(key)} ${text(operator).toLowerCase()} (${strings(values).join(',')})`,
  );
  return joined([...labels, ...expressions]);
};
/** The same of labels alone. */
export const plainSelector = (value: unknown): string => selector({ matchLabels: value });
/** Names and images of the containers of a template. */
export const containersOf = (one: KubeObject, path = 'spec.template.spec.containers'): string[] => {
  const containers = list(at(one, path));
  return [
    joined(containers.map((container) => text(container['name']))),
    joined(containers.map((container) => text(container['image']))),
  ];
};
