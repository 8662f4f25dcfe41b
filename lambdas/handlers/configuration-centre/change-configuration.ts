/**
 * Saves what a person wants to change as the next version of a layer, and answers where it is to be brought. Separate from bringing it
 * there, which may take long and touches the cluster.
 */
import type { ConfigurationWishInput } from '../../contracts/inputs.ts';
import type {
  ChangeAnswer,
  ChangeConfigurationInput,
  ReapplyConfigurationInput,
  RollBackConfigurationInput,
} from '../../contracts/payloads.ts';
import { isKindLayer } from '../../domain/configuration/layers.ts';
import {
  changeLayer,
  describeDifference,
  emptyVersion,
  meanwhile,
  nextVersion,
  type Changed,
  type LayerVersion,
  type Signature,
} from '../../domain/configuration/version.ts';
import { nearest } from '../../domain/naming/nearest.ts';
import { belowLayer, declaredKeys, itemOf, itemsOf, type Below } from './below-layer.ts';
import { PAUSE_MS, TRIES, type CentrePorts } from './ports.ts';

type Current = Pick<LayerVersion, 'layer' | 'service' | 'version' | 'values'>;

/** Does what was asked for, or says why not. */
export async function changeConfiguration(
  ports: CentrePorts,
  asked: { readonly input: ConfigurationWishInput; readonly execution: string },
): Promise<ChangeAnswer> {
  const { input, execution } = asked;
  if ('environment' in input) return reapply(ports, input);
  const unknown = await unknownLayer(ports, input.layer);
  if (unknown !== undefined) return { kind: 'refused', reason: unknown };
  const below = await belowLayer(ports, input.layer, input.service);
  if (below.length === 0) return { kind: 'refused', reason: await noSuchService(ports, input) };
  const signature: Signature = {
    author: input.author ?? 'unknown',
    reason: input.reason ?? ('rollBack' in input ? 'rolled back' : 'none given'),
    at: ports.clock.now(),
    execution,
  };
  return 'rollBack' in input ? rollBack(ports, input, below, signature) : change(ports, input, below, signature);
}

async function change(
  ports: CentrePorts,
  input: ChangeConfigurationInput,
  below: readonly Below[],
  signature: Signature,
): Promise<ChangeAnswer> {
  const { layer, service } = input;
  const wish = { set: input.set ?? {}, unset: input.unset ?? [] };
  const declared = declaredKeys(below);
  let first: Current | undefined;
  return untilSaved(ports, { layer, service, below, signature }, (current) => {
    first ??= current;
    const conflicts = meanwhile(wish, first.values, current.values);
    if (conflicts.length > 0) {
      const message = `Somebody else changed ${conflicts.join(', ')} of ${service} in ${layer} at the same moment (version ${String(current.version)}). Look at it with \`npx espalier config get ${layer} ${service}\`, and try again if you still want it.`;
      return { kind: 'refused', message };
    }
    return changeLayer(current, wish, declared, signature);
  });
}

async function rollBack(
  ports: CentrePorts,
  input: RollBackConfigurationInput,
  below: readonly Below[],
  signature: Signature,
): Promise<ChangeAnswer> {
  const { layer, service } = input;
  const newest = (await ports.layers.latest(layer, service)) ?? emptyVersion(layer, service);
  const to = input.to ?? newest.version - 1;
  if (to < 0 || to >= newest.version) {
    const allowed = newest.version === 0 ? 'nothing: it has no versions' : `0 to ${String(newest.version - 1)}`;
    return {
      kind: 'refused',
      reason: `${layer} has no version ${String(to)} of ${service} to go back to; allowed: ${allowed}.`,
    };
  }
  const before = to === 0 ? emptyVersion(layer, service) : await ports.layers.version(layer, service, to);
  if (before === undefined)
    return { kind: 'refused', reason: `Version ${String(to)} of ${service} in ${layer} is gone.` };
  return untilSaved(ports, { layer, service, below, signature }, (current) =>
    current.version === newest.version
      ? nextVersion(current, before.values, signature)
      : {
          kind: 'refused',
          message: `Somebody else made version ${String(current.version)} of ${service} in ${layer} at the same moment. Look at it with \`npx espalier config history ${layer} ${service}\`, and go back again if you still want it.`,
        },
  );
}

interface Saving {
  readonly layer: string;
  readonly service: string;
  readonly below: readonly Below[];
  readonly signature: Signature;
}

/** Reads the newest version, makes the next one of it and saves it; again when somebody else was faster. */
async function untilSaved(
  ports: CentrePorts,
  { layer, service, below, signature }: Saving,
  make: (current: Current) => Changed,
): Promise<ChangeAnswer> {
  for (let tries = 1; tries <= TRIES; tries += 1) {
    const current = (await ports.layers.latest(layer, service)) ?? emptyVersion(layer, service);
    // Asked again because the answer was lost: it is saved already.
    if ('execution' in current && current.execution === signature.execution) {
      return applying(below, current as LayerVersion);
    }
    const changed = make(current);
    if (changed.kind === 'refused') return { kind: 'refused', reason: changed.message };
    if (changed.kind === 'unchanged') {
      return {
        kind: 'apply',
        items: [],
        message: `Version ${String(current.version)} of ${service} in ${layer} says so already.`,
      };
    }
    if ((await ports.layers.save(changed.version)) === 'saved') {
      const gone = await unknownLayer(ports, layer);
      if (gone === undefined) return applying(below, changed.version);
      // The tenant was removed between the first look and the save: nothing of it may stay.
      await ports.layers.drop(changed.version);
      return { kind: 'refused', reason: gone };
    }
    await ports.clock.sleep(PAUSE_MS * tries);
  }
  return {
    kind: 'refused',
    reason: `Others changed ${service} in ${layer} ${String(TRIES)} times in a row; try again.`,
  };
}

function applying(below: readonly Below[], { layer, service, version, difference }: LayerVersion): ChangeAnswer {
  return {
    kind: 'apply',
    items: itemsOf(below),
    message: `Version ${String(version)} of ${service} in ${layer}: ${difference.map(describeDifference).join(', ')}`,
    saved: { layer, service, version, undo: true },
  };
}

async function reapply(ports: CentrePorts, { environment }: ReapplyConfigurationInput): Promise<ChangeAnswer> {
  const record = await ports.records.load(environment);
  if (record?.phase !== 'active') return { kind: 'refused', reason: `There is no environment ${environment}.` };
  return { kind: 'apply', items: [await itemOf(ports, record)], message: `${environment} has what its layers say` };
}

/** Why there is no such layer; undefined when there is. */
async function unknownLayer(ports: CentrePorts, layer: string): Promise<string | undefined> {
  if (isKindLayer(layer)) return undefined;
  const [tenant, record] = await Promise.all([ports.tenants.load(layer), ports.records.load(layer)]);
  if (tenant !== undefined && record?.phase === 'active') return undefined;
  const present = (await ports.records.all()).filter(({ phase }) => phase === 'active').map(({ id }) => id);
  const guess = nearest(layer, present);
  const hint = guess === undefined ? '' : ` Did you mean ${guess}?`;
  return `There is no layer ${JSON.stringify(layer)}: it is neither a kind of environments nor an environment that is there.${hint}`;
}

async function noSuchService(
  ports: CentrePorts,
  { layer, service }: { readonly layer: string; readonly service: string },
): Promise<string> {
  const known = (await ports.records.all())
    .filter(({ phase }) => phase === 'active')
    .flatMap(({ services }) => Object.values(services).flatMap(({ name, touched }) => (touched ? (name ?? []) : [])));
  const guess = nearest(service, known);
  const hint = guess === undefined || guess === service ? '' : ` Did you mean ${guess}?`;
  return `No environment below ${layer} has a service ${JSON.stringify(service)}, so that nothing can say which keys it has.${hint}`;
}
