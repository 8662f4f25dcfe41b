/**
 * What a sweep has to put right in the configuration of a tier: changes that did not arrive, objects that were edited or deleted, tenants
 * without an environment.
 */
import { ANNOTATIONS, FIELD_MANAGERS, namespaceOf } from '../../contracts/kubernetes.ts';
import { tierOf } from '../../contracts/kinds.ts';
import type { ComparisonAnswer } from '../../contracts/inputs.ts';
import type { SweepItem } from '../../contracts/payloads.ts';
import { CONFIGURATION_FILE } from '../../contracts/variables.ts';
import { changesOf } from '../../domain/drift/compare-objects.ts';
import { observeConfigurationDrift } from '../../domain/environment/observe-drift.ts';
import { errorName } from '../../domain/errors.ts';
import { configMapManifest, SEALING_KEY } from '../../domain/manifests/configuration.ts';
import { sideName } from '../../domain/manifests/manifest.ts';
import type { EnvironmentRecord } from '../../domain/environment/record.ts';
import { secretVariables } from '../../domain/service/configuration.ts';
import type { KubernetesObject } from '../../ports/cluster.ts';
import { ownNamespace } from '../own-namespace.ts';
import { configuredSides, type KnownSide } from './configured-sides.ts';
import { readSide } from './configure-side.ts';
import type { ConfigurationPorts } from './ports.ts';

/** Compares everything of this function's tier. */
export async function compareConfiguration(ports: ConfigurationPorts): Promise<ComparisonAnswer<SweepItem>> {
  // INVARIANT: tenants first, records afterwards. A tenant is only registered for a record that is there already.
  const tenants = (await ports.tenants.all()).filter(({ kind }) => tierOf(kind) === ports.tier);
  const records = (await ports.records.all()).filter(({ kind }) => tierOf(kind) === ports.tier);
  const items: SweepItem[] = [];
  const questions: string[] = [];
  for (const { environment } of tenants) {
    const record = await ports.records.load(environment);
    if (record !== undefined && record.phase !== 'removed') continue;
    items.push({ kind: 'remove-tenant', environment, because: 'its environment is gone' });
  }
  const active = records.filter(({ phase }) => phase === 'active');
  for (let first = 0; first < active.length; first += AT_ONCE) {
    const compared = active
      .slice(first, first + AT_ONCE)
      .map((record) => compareOne(ports, record).catch((error: unknown) => unread(ports, record, error)));
    for (const answer of await Promise.all(compared)) {
      items.push(...answer.items);
      questions.push(...answer.questions);
    }
  }
  return { items, questions };
}

/** Environments that are compared at the same time: five hundred of them, at two or three calls each, within the minute that a function has. */
const AT_ONCE = 10;

const NOTHING: ComparisonAnswer<SweepItem> = { items: [], questions: [] };

/** One environment that cannot be read never hides the others; its log says so. A bug stays one. */
async function unread(
  { history, clock }: ConfigurationPorts,
  { id }: EnvironmentRecord,
  error: unknown,
): Promise<ComparisonAnswer<SweepItem>> {
  if (errorName(error) === undefined) throw error;
  const message = `The configuration could not be compared: ${(error as Error).message}`;
  await history.append({ environment: id, at: clock.now(), stage: 'sweep', level: 'warning', message });
  return NOTHING;
}

/** Something that differs. `late`: it did not arrive yet · `changed`: somebody else changed it, which is counted for its service. */
interface Difference {
  readonly kind: 'late' | 'changed';
  readonly because: string;
}

/** Decides upon the record as it is now: a delivery may have begun meanwhile. A conflict leaves it to the next sweep. */
async function compareOne(ports: ConfigurationPorts, seen: EnvironmentRecord): Promise<ComparisonAnswer<SweepItem>> {
  const difference = await differenceIn(ports, seen);
  const record = difference && (await ports.records.load(seen.id));
  if (difference === undefined || record === undefined) return NOTHING;
  const { service, kind, because } = difference;
  const environment = record.id;
  const now = ports.clock.now();
  const item = { kind: 'configure', environment, because } as const;
  if (kind === 'late') return { items: [item], questions: [] };
  const change = observeConfigurationDrift(record, service, now);
  if (change.kind === 'undone-again') {
    const question = `The configuration of ${service} in ${environment} was put right several times within an hour and differs again: ${because}. Find out who changes it; \`kubectl get … --show-managed-fields\` names them.`;
    return { items: [], questions: [question] };
  }
  if (change.kind !== 'changed' || (await ports.records.save(change.record)).kind !== 'saved') return NOTHING;
  const message = `The configuration differs from what holds: ${because}. It is brought again.`;
  await ports.history.append({ environment, service, at: now, stage: 'sweep', level: 'warning', message });
  return { items: [item], questions: [] };
}

/** The first thing that differs; a service that is being delivered is left to its delivery. */
async function differenceIn(
  ports: ConfigurationPorts,
  record: EnvironmentRecord,
): Promise<(Difference & { readonly service: string }) | undefined> {
  const idle = Object.values(record.services).some((service) => service.touched && service.owner === undefined);
  if (!idle || (await ownNamespace(ports.cluster, ports.installation.installation, record.id)) === undefined) {
    return undefined;
  }
  for (const known of await configuredSides(ports, record)) {
    if (record.services[known.key]?.owner !== undefined) continue;
    const difference = await differenceOf(ports, record, known);
    if (difference !== undefined) return { ...difference, service: known.key };
  }
  return undefined;
}

async function differenceOf(
  ports: ConfigurationPorts,
  record: EnvironmentRecord,
  { of, present }: KnownSide,
): Promise<Difference | undefined> {
  const name = sideName(of.place.name, of.side);
  if (present === undefined) return changed(`ConfigMap ${name} is missing`);
  const { file } = await readSide(ports, record, of);
  const wanted = configMapManifest(of.place, { side: of.side, commit: of.commit, file });
  const { [ANNOTATIONS.configuration]: version, [ANNOTATIONS.secrets]: secrets } = annotationsOf(present);
  if (version !== file.version) return { kind: 'late', because: `${name} does not have the newest configuration` };
  const data = (present['data'] ?? {}) as Record<string, string | undefined>;
  const edited = Object.entries(wanted['data'] as Record<string, string>).find(([key, value]) => data[key] !== value);
  if (edited !== undefined) {
    return changed(`${edited[0] === CONFIGURATION_FILE.name ? 'the file' : edited[0]} in ConfigMap ${name} was edited`);
  }
  const [because] = changesOf(present);
  return because === undefined ? differenceOfSecrets(ports, record, of, secrets) : changed(because);
}

/** Values of secrets are compared with nothing: whose they are says whether they were changed. */
async function differenceOfSecrets(
  { cluster, installation, secrets }: ConfigurationPorts,
  record: EnvironmentRecord,
  { place, side, commit, definition }: KnownSide['of'],
  version: string | undefined,
): Promise<Difference | undefined> {
  if (secretVariables(definition).length === 0) return undefined;
  const namespace = namespaceOf(installation.installation, record.id);
  const name = sideName(place.name, side);
  const [secret, key] = await Promise.all(
    [name, SEALING_KEY].map((each) => cluster.get({ apiVersion: 'v1', kind: 'Secret', namespace, name: each })),
  );
  if (secret === undefined) return changed(`Secret ${name} is missing`);
  if (key === undefined) return changed(`Secret ${SEALING_KEY} is missing`);
  if (annotationsOf(secret)[ANNOTATIONS.secrets] !== version) {
    return { kind: 'late', because: `Secret ${name} is of another version than ConfigMap ${name} says` };
  }
  // What was sealed last and never arrived; kept for a day.
  const sealed = await secrets.sealed(record.id, place.key, commit);
  if (sealed !== undefined && sealed.version !== version) {
    return { kind: 'late', because: `${name} does not have its newest secrets` };
  }
  const [because] = [...changesOf(secret), ...changesOf(key, FIELD_MANAGERS.configuration)];
  return because === undefined ? undefined : changed(because);
}

const changed = (because: string): Difference => ({ kind: 'changed', because });

function annotationsOf({ metadata }: KubernetesObject): Readonly<Record<string, string | undefined>> {
  return (metadata['annotations'] ?? {}) as Record<string, string | undefined>;
}
