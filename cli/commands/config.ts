/**
 * `config VERB …`: reads, changes and takes back the configuration of a service. Reading is from the table; every change goes through the
 * state machine *apply configuration*, the same as in the console.
 */
import type { ConfigurationWishInput } from '../../lambdas/contracts/inputs.ts';
import { isKindLayer, layersOf, resolve } from '../../lambdas/domain/configuration/layers.ts';
import {
  differenceOf,
  describeDifference,
  emptyVersion,
  type LayerVersion,
} from '../../lambdas/domain/configuration/version.ts';
import { writeValue } from '../../lambdas/domain/configuration/value.ts';
import type { EnvironmentRecord } from '../../lambdas/domain/environment/record.ts';
import { nearest } from '../../lambdas/domain/naming/nearest.ts';
import { CommandError, type Command, type World } from '../command.ts';
import { findEnvironment, findService } from '../find-environment.ts';
import { indented, printable, table } from '../terminal.ts';

const POLL_MS = 300;
const VERBS = ['get', 'set', 'unset', 'diff', 'history', 'rollback', 'apply'] as const;
type Verb = (typeof VERBS)[number];

/** How each verb is called. */
const CALLS: Readonly<Record<Verb, string>> = {
  get: 'config get ENVIRONMENT SERVICE',
  set: 'config set LAYER SERVICE KEY=VALUE… [--reason TEXT]',
  unset: 'config unset LAYER SERVICE KEY… [--reason TEXT]',
  diff: 'config diff ONE OTHER SERVICE',
  history: 'config history LAYER SERVICE',
  rollback: 'config rollback LAYER SERVICE [VERSION] [--reason TEXT]',
  apply: 'config apply ENVIRONMENT',
};

type Options = Readonly<Record<string, string>>;

export const config: Command = {
  name: 'config',
  words: ['VERB', '[WORDS…]'],
  switches: {},
  options: {
    reason: { value: 'TEXT', meaning: 'why, for the history' },
    author: { value: 'NAME', meaning: 'who, for the history (default: your user name)' },
  },
  summary: `configuration of services: ${VERBS.join(', ')}`,
  async run(world, [word = '', ...words], _switches, options = {}) {
    switch (verbOf(word)) {
      case 'get':
        return get(world, exactly('get', words, 2));
      case 'set':
        return set(world, words, options);
      case 'unset':
        return unset(world, words, options);
      case 'diff':
        return diff(world, exactly('diff', words, 3));
      case 'history':
        return history(world, exactly('history', words, 2));
      case 'rollback':
        return rollback(world, words, options);
      case 'apply': {
        const [name = ''] = exactly('apply', words, 1);
        const record = await findEnvironment(world, name);
        return change(world, { environment: record.id });
      }
    }
  },
};

function verbOf(word: string): Verb {
  const known = VERBS.find((verb) => verb === word);
  if (known !== undefined) return known;
  const guess = nearest(word, VERBS);
  const hint = guess === undefined ? '' : ` Did you mean ${guess}?`;
  throw new CommandError(`config has no verb ${printable(word)}.${hint}\n\n${Object.values(CALLS).join('\n')}`, 2);
}

function exactly(verb: Verb, words: readonly string[], count: number): readonly string[] {
  if (words.length === count) return words;
  throw new CommandError(`Found ${String(words.length)} words; allowed: npx espalier ${CALLS[verb]}`, 2);
}

/** What a service sees in an environment, and where each value comes from. */
async function get(world: World, [name = '', service = '']: readonly string[]): Promise<void> {
  const record = await findEnvironment(world, name);
  const seen = await resolvedIn(world, record, service);
  const rows = Object.entries(seen.values).map(([key, { value, from }]) => [key, writeValue(value), from]);
  world.output.show({ environment: record.id, service: seen.service, ...seen.resolved }, [
    ...(rows.length === 0
      ? [`${printable(seen.service)} declares no configuration keys.`]
      : table(['KEY', 'VALUE', 'FROM'], rows)),
    ...seen.resolved.ignored.map(
      ({ layer, key, because }) =>
        `left out: ${printable(key)} of ${layer} (${because === 'unknown-key' ? 'this version does not know it' : 'this version declares another type'})`,
    ),
  ]);
}

async function resolvedIn(world: World, record: EnvironmentRecord, service: string) {
  const key = findService(record, service);
  const known = record.services[key];
  const commit = known?.applied?.commit ?? known?.owner?.commit;
  const build =
    commit === undefined || known === undefined ? undefined : await world.builds.load(known.repository, commit);
  if (build?.definition === undefined) {
    throw new CommandError(
      `${printable(service)} is not delivered to ${record.id} yet, so that nothing says which keys it has.`,
    );
  }
  const { name, configuration } = build.definition;
  const layers = await Promise.all(
    layersOf(record).map(async (layer) => (await world.layers.latest(layer, name)) ?? emptyVersion(layer, name)),
  );
  const resolved = resolve(configuration, layers);
  return { service: name, resolved, values: resolved.values };
}

async function set(
  world: World,
  [layer = '', service = '', ...pairs]: readonly string[],
  options: Options,
): Promise<void> {
  if (pairs.length === 0) throw new CommandError(`Nothing is to be set; allowed: npx espalier ${CALLS.set}`, 2);
  const values: Record<string, string> = {};
  for (const pair of pairs) {
    const at = pair.indexOf('=');
    if (at < 1) throw new CommandError(`Found ${printable(pair)}; allowed: KEY=VALUE, such as greeting=Hello`, 2);
    values[pair.slice(0, at)] = pair.slice(at + 1);
  }
  await change(world, { ...(await signed(world, layer, service, options)), set: values });
}

async function unset(
  world: World,
  [layer = '', service = '', ...keys]: readonly string[],
  options: Options,
): Promise<void> {
  if (keys.length === 0) throw new CommandError(`Nothing is to be unset; allowed: npx espalier ${CALLS.unset}`, 2);
  await change(world, { ...(await signed(world, layer, service, options)), unset: keys });
}

async function rollback(
  world: World,
  [layer = '', service = '', ...more]: readonly string[],
  options: Options,
): Promise<void> {
  if (service === '' || more.length > 1) exactly('rollback', [layer, service, ...more], 3);
  const [version] = more;
  if (version !== undefined && !/^\d{1,8}$/.test(version)) {
    throw new CommandError(
      `Found the version ${printable(version)}; allowed: a number, as \`config history\` lists them`,
      2,
    );
  }
  const to = version === undefined ? {} : { to: Number(version) };
  await change(world, { ...(await signed(world, layer, service, options)), rollBack: true, ...to });
}

/** The newest versions of two layers side by side; of environments, what the service sees in them. */
async function diff(world: World, [one = '', other = '', service = '']: readonly string[]): Promise<void> {
  const [before, after] = await Promise.all([valuesOf(world, one, service), valuesOf(world, other, service)]);
  const differences = differenceOf(before, after);
  world.output.show(
    { one, other, service, differences },
    differences.length === 0 ? ['No difference.'] : differences.map((each) => printable(describeDifference(each))),
  );
}

async function valuesOf(world: World, name: string, service: string) {
  if (isKindLayer(name)) return (await world.layers.latest(name, service))?.values ?? {};
  const { values } = await resolvedIn(world, await findEnvironment(world, name), service);
  return Object.fromEntries(Object.entries(values).map(([key, { value }]) => [key, value]));
}

async function history(world: World, [name = '', service = '']: readonly string[]): Promise<void> {
  const layer = await layerOf(world, name);
  const versions = await world.layers.history(layer, service);
  world.output.show(
    versions,
    versions.length === 0 ? [`${layer} says nothing about ${printable(service)}.`] : versions.flatMap(versionLines),
  );
}

function versionLines({ version, at, author, reason, difference }: LayerVersion): string[] {
  return [
    `${String(version).padStart(4)}  ${new Date(at).toISOString().slice(0, 19).replace('T', ' ')}  ${printable(author)}: ${printable(reason)}`,
    ...difference.map((each) => `        ${printable(describeDifference(each))}`),
  ];
}

/** A kind, or the environment that a person means. */
async function layerOf(world: World, name: string): Promise<string> {
  return isKindLayer(name) ? name : (await findEnvironment(world, name)).id;
}

async function signed(world: World, layer: string, service: string, { reason, author }: Options) {
  return {
    layer: await layerOf(world, layer),
    service,
    author: author ?? world.author(),
    ...(reason !== undefined && { reason }),
  };
}

/** Starts the state machine and waits for its end: every process has confirmed the change, or it was taken back. */
async function change(world: World, input: ConfigurationWishInput): Promise<void> {
  const execution = await world.workflows.start('apply-configuration', 'branch', input);
  let state = await world.workflows.state(execution);
  while (state.kind === 'running') {
    await world.clock.sleep(POLL_MS);
    state = await world.workflows.state(execution);
  }
  if (state.kind === 'failed') throw new CommandError(indented(reasonIn(state.cause), 0));
  const { message = 'Done.' } = (state.output ?? {}) as { readonly message?: string };
  world.output.show({ changed: input, message }, [printable(message)]);
}

/** A refusal is a sentence; an error of the function is JSON that holds one. */
function reasonIn(cause: string): string {
  try {
    const { errorMessage } = JSON.parse(cause) as { readonly errorMessage?: unknown };
    return typeof errorMessage === 'string' ? errorMessage : cause;
  } catch {
    return cause;
  }
}
