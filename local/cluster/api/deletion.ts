/**
 * How objects end: at once, after a pod's grace period, or when nothing holds them any more. Separate because deletion is a state
 * that objects pass through, with rules of its own.
 */
import type { KubeObject, Metadata } from '../objects.ts';
import { timestamp, type Place } from './attempt.ts';
import type { Json } from './decode.ts';
import { conflict } from './status.ts';

/** How an object is to be deleted. */
export interface DeleteOptions {
  readonly gracePeriodSeconds?: number;
  readonly propagationPolicy?: string;
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
}

/** Refuses to delete another object than the one that was meant. */
export function checkPreconditions(
  { resource, name }: Place,
  current: KubeObject,
  wanted: DeleteOptions['preconditions'] = {},
): void {
  const check = (what: string, asked: string | undefined, found: string, guess: string): void => {
    if (asked === undefined || asked === found) return;
    // A namespace is only marked, and its store says so in other words.
    if (resource.kind === 'Namespace')
      throw conflict(
        resource,
        name,
        `Precondition failed: ${what} in precondition: ${asked}, ${what} in object meta: ${found}`,
      );
    const why = `the ${what} in the precondition (${asked}) does not match the ${what} in record (${found}). The object might have been ${guess}`;
    throw conflict({ ...resource, group: '', plural: resource.kind }, name, why);
  };
  check('UID', wanted.uid, current.metadata.uid, 'deleted and then recreated');
  check('ResourceVersion', wanted.resourceVersion, current.metadata.resourceVersion, 'modified');
}

/** The object marked as being deleted, itself when it is already so, or undefined when nothing keeps it. */
export function marked(current: KubeObject, options: DeleteOptions): KubeObject | undefined {
  const finalizers = new Set(current.metadata.finalizers);
  if (options.propagationPolicy === 'Foreground') finalizers.add('foregroundDeletion');
  if (options.propagationPolicy === 'Orphan') finalizers.add('orphan');
  const grace = graceOf(current, options.gracePeriodSeconds);
  if (finalizers.size === 0 && grace === 0 && !isHeld(current)) return undefined;
  const { deletionTimestamp, deletionGracePeriodSeconds = 0, generation } = current.metadata;
  const unchanged =
    finalizers.size === (current.metadata.finalizers?.length ?? 0) && grace >= deletionGracePeriodSeconds;
  if (deletionTimestamp && unchanged) return current;
  const metadata: Metadata = {
    ...current.metadata,
    deletionTimestamp: deletionTimestamp && grace === 0 ? deletionTimestamp : timestamp(Date.now() + grace * 1000),
    ...(current.kind === 'Namespace' ? {} : { deletionGracePeriodSeconds: grace }),
    ...(generation === undefined ? {} : { generation: generation + (deletionTimestamp ? 0 : 1) }),
    ...(finalizers.size > 0 ? { finalizers: [...finalizers] } : {}),
  };
  if (current.kind !== 'Namespace') return { ...current, metadata };
  return { ...current, metadata, status: { ...(current['status'] as Json), phase: 'Terminating' } };
}

/** An object as it is when it goes at once: pods say so, as they do when they end by themselves. */
export function finalState(object: KubeObject): KubeObject {
  if (object.kind !== 'Pod') return object;
  const { deletionTimestamp = timestamp(), generation = 0 } = object.metadata;
  return {
    ...object,
    metadata: { ...object.metadata, deletionTimestamp, deletionGracePeriodSeconds: 0, generation: generation + 1 },
  };
}

/** Whether something keeps a deleted object in place. */
export const isHeld = (object: KubeObject): boolean =>
  (object.metadata.finalizers?.length ?? 0) > 0 ||
  (object.kind === 'Namespace' &&
    (((object['spec'] as Json | undefined)?.['finalizers'] as unknown[] | undefined)?.length ?? 0) > 0);

/** Seconds that a deleted object is left to end by itself: only pods that have a node and still run take any. */
function graceOf(object: KubeObject, wanted: number | undefined): number {
  const spec = object['spec'] as { nodeName?: string; terminationGracePeriodSeconds?: number } | undefined;
  const phase = (object['status'] as { phase?: string } | undefined)?.phase;
  if (object.kind !== 'Pod' || !spec?.nodeName || phase === 'Succeeded' || phase === 'Failed') return 0;
  return wanted ?? spec.terminationGracePeriodSeconds ?? 30;
}
