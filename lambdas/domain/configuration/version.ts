/**
 * Versions of a layer for one service: every change is a new one, none is ever changed. Separate because the newest version is what
 * holds, and all before it are the audit.
 */
import type { Instant } from '../environment/record.ts';
import type { ConfigurationKey, ConfigurationValue } from '../service/configuration.ts';
import { nearest } from '../naming/nearest.ts';
import type { LayerValues } from './layers.ts';
import { ALLOWED, hasType, readValue, sameValue, writeValue } from './value.ts';

/** One key that a version changed; an absent side means that the layer said nothing. */
export interface Difference {
  readonly key: string;
  readonly before?: ConfigurationValue;
  readonly after?: ConfigurationValue;
}

/** One version of what a layer says about a service. */
export interface LayerVersion {
  readonly layer: string;
  readonly service: string;
  /** From 1, without gaps. */
  readonly version: number;
  /** Everything that the layer says from this version on. */
  readonly values: LayerValues;
  readonly difference: readonly Difference[];
  /** Who says to have made it. Who did is in the trail of `execution`. */
  readonly author: string;
  readonly reason: string;
  readonly at: Instant;
  /** Name of the execution that saved it. */
  readonly execution: string;
}

/** What a person wants to change. */
export interface ConfigurationWish {
  /** New values as they are written, by key. */
  readonly set: Readonly<Record<string, string>>;
  /** Keys about which the layer shall say nothing any more. */
  readonly unset: readonly string[];
}

/** Who makes a version, when and why. */
export type Signature = Pick<LayerVersion, 'author' | 'reason' | 'at' | 'execution'>;

/** What becomes of a wish. */
export type Changed =
  | { readonly kind: 'changed'; readonly version: LayerVersion }
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'refused'; readonly message: string };

/** A declaration of a key, and where it was found: versions of a service may declare it in different ways. */
export interface DeclaredKey extends Pick<ConfigurationKey, 'type'> {
  readonly environment: string;
}

/** Keys of a service by name, as all its versions below a layer declare them. */
export type DeclaredKeys = ReadonlyMap<string, readonly DeclaredKey[]>;

/** What a layer says before its first version. */
export function emptyVersion(
  layer: string,
  service: string,
): Pick<LayerVersion, 'layer' | 'service' | 'version' | 'values'> {
  return { layer, service, version: 0, values: {} };
}

/** Applies a wish. Keys that no version of the service declares, and values that fit none of its declarations, are refused. */
export function changeLayer(
  current: Pick<LayerVersion, 'layer' | 'service' | 'version' | 'values'>,
  wish: ConfigurationWish,
  declared: DeclaredKeys,
  signature: Signature,
): Changed {
  const values: Record<string, ConfigurationValue> = { ...current.values };
  const problems: string[] = [];
  for (const [key, written] of Object.entries(wish.set)) {
    const read = readDeclared(key, written, declared);
    if (read.kind === 'wrong') problems.push(read.message);
    else values[key] = read.value;
  }
  for (const key of wish.unset) {
    if (Object.hasOwn(wish.set, key)) problems.push(`${key}: is set and unset at once`);
    else if (Object.hasOwn(values, key)) delete values[key];
    else
      problems.push(`${key}: the layer ${current.layer} says nothing about it${suggestion(key, Object.keys(values))}`);
  }
  if (problems.length > 0) return { kind: 'refused', message: problems.join('\n') };
  return nextVersion(current, values, signature);
}

/** The next version with these values; `unchanged` when it would say the same. */
export function nextVersion(
  current: Pick<LayerVersion, 'layer' | 'service' | 'version' | 'values'>,
  values: LayerValues,
  signature: Signature,
): Exclude<Changed, { kind: 'refused' }> {
  const difference = differenceOf(current.values, values);
  if (difference.length === 0) return { kind: 'unchanged' };
  const { layer, service } = current;
  return {
    kind: 'changed',
    version: { layer, service, version: current.version + 1, values, difference, ...signature },
  };
}

/** What differs between two versions, by key. */
export function differenceOf(before: LayerValues, after: LayerValues): readonly Difference[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].toSorted().flatMap((key): Difference[] => {
    const [old, next] = [before[key], after[key]];
    if (sameValue(old, next)) return [];
    return [{ key, ...(old !== undefined && { before: old }), ...(next !== undefined && { after: next }) }];
  });
}

/**
 * True when somebody else changed one of these keys between two versions: what was wished for was decided on values that hold no more.
 */
export function meanwhile(wish: ConfigurationWish, seen: LayerValues, now: LayerValues): readonly string[] {
  return [...Object.keys(wish.set), ...wish.unset].filter((key) => !sameValue(seen[key], now[key]));
}

/** One difference in words: `greeting: "Hello" → "Hi"`. */
export function describeDifference({ key, before, after }: Difference): string {
  const shown = (value: ConfigurationValue | undefined): string =>
    value === undefined ? '(nothing)' : JSON.stringify(writeValue(value));
  return `${key}: ${shown(before)} → ${shown(after)}`;
}

function readDeclared(
  key: string,
  written: string,
  declared: DeclaredKeys,
):
  { readonly kind: 'read'; readonly value: ConfigurationValue } | { readonly kind: 'wrong'; readonly message: string } {
  const declarations = declared.get(key);
  if (declarations === undefined) {
    const known = [...declared.keys()];
    const allowed = known.length === 0 ? 'the service declares no keys' : `allowed: ${known.toSorted().join(', ')}`;
    return { kind: 'wrong', message: `${key}: unknown key; ${allowed}${suggestion(key, known)}` };
  }
  const types = [...new Set(declarations.map(({ type }) => type))];
  // Where versions of the service differ, one that takes the value is enough: the others keep what they had.
  for (const type of types) {
    const value = readValue(written, type);
    if (value !== undefined && hasType(value, type)) return { kind: 'read', value };
  }
  return {
    kind: 'wrong',
    message: `${key}: found ${JSON.stringify(written)}; allowed: ${types.map((type) => ALLOWED[type]).join(', or ')}`,
  };
}

function suggestion(key: string, known: readonly string[]): string {
  const guess = nearest(key, known);
  return guess === undefined ? '' : `. Did you mean "${guess}"?`;
}
