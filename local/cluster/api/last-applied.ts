/**
 * The way from kubectl's older apply to server-side apply: what that one wrote and nobody changed since may be taken over without
 * force, and its annotation is kept true. Separate because it is the only thing that a writer's name decides.
 * Follows https://github.com/kubernetes/apimachinery/blob/v0.34.0/pkg/util/managedfields/internal/lastappliedmanager.go
 */
import type { KubeObject } from '../objects.ts';
import type { Writer } from './apply.ts';
import { isObject, type Json } from './decode.ts';
import { compare, fieldsOf, minus, union, type FieldSet } from './fields.ts';
import type { Schema } from './table.ts';

const annotation = 'kubectl.kubernetes.io/last-applied-configuration';
const kubectl = 'kubectl';

/** The fields that the last applied configuration wrote and that still have its values. */
export function lastAppliedFields(live: KubeObject | undefined, schema: Schema, { manager }: Writer): FieldSet {
  const text = live?.metadata.annotations?.[annotation];
  if (manager !== kubectl || text === undefined) return new Set();
  const last = parsed(text);
  if (last?.['apiVersion'] !== live?.apiVersion) return new Set();
  const { changed, removed } = compare(last, live, schema);
  return minus(fieldsOf(last, schema), union(changed, removed));
}

function parsed(text: string): Json | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** An object that kubectl applied, with what it applied in the annotation if there was one. */
export function withLastApplied(next: KubeObject, patch: unknown, { manager }: Writer): KubeObject {
  if (manager !== kubectl || next.metadata.annotations?.[annotation] === undefined) return next;
  const value = `${JSON.stringify(sorted(patch))}\n`;
  return {
    ...next,
    metadata: { ...next.metadata, annotations: { ...next.metadata.annotations, [annotation]: value } },
  };
}

/** Members in the order of their names, as Go writes maps. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isObject(value)) return value;
  const names = Object.keys(value).sort();
  return Object.fromEntries(names.map((name) => [name, sorted(value[name])]));
}
