/**
 * What a change came to in all environments: it stays, it is taken back because processes do not bear it, or some environments could not
 * be reached and are left to the sweep.
 */
import type { ConfigurationResult, JudgeAnswer, SavedChange } from '../../contracts/payloads.ts';
import {
  describeDifference,
  emptyVersion,
  nextVersion,
  type LayerVersion,
} from '../../domain/configuration/version.ts';
import { sameValue } from '../../domain/configuration/value.ts';
import { saidBy } from '../../domain/task-error.ts';
import { belowLayer, itemsOf } from './below-layer.ts';
import { PAUSE_MS, TRIES, type CentrePorts } from './ports.ts';

/** Who takes a change back by itself. */
const AUTHOR = 'espalier';
/** Environments named in a sentence; the event log of each says the rest. */
const MOST_NAMED = 5;

/** Judges it, and takes it back where that is due. */
export async function judgeChange(
  ports: CentrePorts,
  {
    saved,
    results: given,
    execution,
  }: {
    readonly saved: SavedChange | null;
    readonly results: readonly ConfigurationResult[];
    readonly execution: string;
  },
): Promise<JudgeAnswer> {
  const results = given.map((result) =>
    result.kind === 'trouble' ? { ...result, because: saidBy(result.because ?? '') } : result,
  );
  await tell(ports, saved, results);
  const failed = results.filter(({ kind }) => kind === 'failed');
  const trouble = results.filter(({ kind }) => kind === 'trouble');
  const left = results.flatMap((result) => result.left ?? []);
  const unconfirmed = left.length === 0 ? [] : [`not confirmed: ${left.slice(0, MOST_NAMED).join('; ')}`];
  if (failed.length > 0 && saved?.undo === true) return takeBack(ports, saved, failed, execution);
  if (saved?.takesBack !== undefined) {
    const { layer, service, version: instead, takesBack } = saved;
    const missed = [...failed, ...trouble];
    const after = [...(missed.length === 0 ? [] : [`not everywhere yet: ${named(missed)}`]), ...unconfirmed];
    const because = [takesBack.because, ...after].join('; ');
    const what = `Version ${String(takesBack.version)} of ${service} in ${layer} was taken back`;
    return {
      kind: 'rolled-back',
      reason: `${what}: ${because}`,
      takenBack: { layer, service, bad: takesBack.version, instead, because },
    };
  }
  if (failed.length > 0) return { kind: 'incomplete', reason: `Not confirmed: ${named(failed)}` };
  if (trouble.length > 0) {
    return {
      kind: 'incomplete',
      reason: `Saved, but not brought to every environment yet; the next sweep tries again: ${named(trouble)}`,
    };
  }
  const processes = results.reduce((sum, result) => sum + (result.processes ?? 0), 0);
  const message = [
    `${String(processes)} processes in ${String(results.length)} environments confirmed`,
    ...unconfirmed,
  ].join('; ');
  return { kind: 'confirmed', message, processes };
}

/** Takes back what this version changed, and nothing that others changed since; again when somebody else was faster. */
async function takeBack(
  ports: CentrePorts,
  saved: SavedChange,
  failed: readonly ConfigurationResult[],
  execution: string,
): Promise<JudgeAnswer> {
  const { layer, service, version } = saved;
  const because = named(failed);
  const bad = await ports.layers.version(layer, service, version);
  if (bad === undefined) return { kind: 'incomplete', reason: `Not confirmed, and gone already: ${because}` };
  const reason = `Version ${String(version)} of ${service} in ${layer} was taken back: ${because}`;
  const signature = { author: AUTHOR, reason, at: ports.clock.now(), execution };
  for (let tries = 1; tries <= TRIES; tries += 1) {
    const current = (await ports.layers.latest(layer, service)) ?? emptyVersion(layer, service);
    // Asked again because the answer was lost: it is back already.
    if ('execution' in current && current.execution === execution && current.version > version) {
      return bringBack(ports, current as LayerVersion, { version, because });
    }
    const next = nextVersion(current, withoutChange(current.values, bad), signature);
    if (next.kind === 'unchanged') return { kind: 'incomplete', reason: `Not confirmed: ${because}` };
    if ((await ports.layers.save(next.version)) === 'saved')
      return bringBack(ports, next.version, { version, because });
    await ports.clock.sleep(PAUSE_MS * tries);
  }
  return { kind: 'incomplete', reason: `Not confirmed, and changed by others again and again: ${because}` };
}

async function bringBack(
  ports: CentrePorts,
  { layer, service, version, difference }: LayerVersion,
  takesBack: NonNullable<SavedChange['takesBack']>,
): Promise<JudgeAnswer> {
  return {
    kind: 'apply',
    items: itemsOf(await belowLayer(ports, layer, service)),
    message: `Version ${String(version)}: ${difference.map(describeDifference).join(', ')}`,
    saved: { layer, service, version, undo: false, takesBack },
  };
}

/** The values without what a version changed; keys that somebody changed again since are theirs. */
function withoutChange(values: LayerVersion['values'], { difference }: LayerVersion): LayerVersion['values'] {
  const next = { ...values };
  for (const { key, before, after } of difference) {
    if (!sameValue(values[key], after)) continue;
    if (before === undefined) delete next[key];
    else next[key] = before;
  }
  return next;
}

function named(results: readonly ConfigurationResult[]): string {
  const words = results
    .slice(0, MOST_NAMED)
    .map(({ environment, because }) => `${environment}: ${because ?? 'no reason'}`);
  const more = results.length - words.length;
  return `${words.join('; ')}${more > 0 ? `; and ${String(more)} more` : ''}`;
}

/** Every environment's log says what came of it there. */
async function tell(
  ports: CentrePorts,
  saved: SavedChange | null,
  results: readonly ConfigurationResult[],
): Promise<void> {
  const what =
    saved === null ? 'Configuration' : `Version ${String(saved.version)} of ${saved.service} in ${saved.layer}`;
  await Promise.all(
    results.map(({ environment, kind, processes = 0, because = '' }) =>
      ports.history.append({
        environment,
        at: ports.clock.now(),
        stage: 'configuration',
        message:
          kind === 'confirmed'
            ? `${what}: ${String(processes)} processes confirmed that they run it`
            : `${what}: ${kind === 'failed' ? 'not confirmed' : 'could not be brought here'}: ${because}`,
        level: kind === 'confirmed' ? 'info' : 'warning',
      }),
    ),
  );
}
