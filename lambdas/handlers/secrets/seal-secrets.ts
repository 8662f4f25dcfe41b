/**
 * Reads the secrets of a service, makes those that are to be generated, and seals all of them for the environment. Values exist in the
 * memory of this call and nowhere else on the way. Why: docs/decisions/secrets-are-sealed.md.
 */
import type { Delivery } from '../../contracts/payloads.ts';
import { versionOf } from '../../domain/configuration/file.ts';
import {
  generatedName,
  sealingContext,
  secretName,
  withVersions,
  type SecretState,
  type SecretVersions,
} from '../../domain/configuration/secrets.ts';
import type { EnvironmentRecord } from '../../domain/environment/record.ts';
import { RejectedError, SupersededError, TransientError } from '../../domain/errors.ts';
import {
  publicVariable,
  secretVariables,
  type Configured,
  type SecretReference,
} from '../../domain/service/configuration.ts';
import { deliveryEvent } from '../delivery-event.ts';
import { requireOwner } from '../ownership.ts';
import { definitionOf } from '../service-definition.ts';
import type { SecretsPorts } from './ports.ts';

export interface SealedAnswer {
  readonly kind: 'sealed';
  /** How many services were sealed. */
  readonly services: number;
}

/** A service at a commit, whose secrets are sealed. */
interface Subject {
  readonly environment: Pick<EnvironmentRecord, 'id' | 'kind'>;
  readonly service: string;
  readonly commit: string;
  readonly definition: Configured;
  /** All commits of the service of which something may be in use. */
  readonly commits: readonly string[];
}

/** Others may be faster so often while something about the environment is written down. */
const TRIES = 10;

/** Seals the secrets of a delivery. */
export async function sealForDelivery(ports: SecretsPorts, delivery: Delivery): Promise<SealedAnswer> {
  const { clock, history } = ports;
  const begun = clock.now();
  const record = await requireOwner(ports.records, delivery);
  const definition = await definitionOf(ports.builds, delivery);
  const made = await seal(ports, {
    environment: { id: delivery.environment, kind: delivery.kind },
    service: delivery.service,
    commit: delivery.commit,
    definition,
    commits: [delivery.commit, record.services[delivery.service]?.applied?.commit ?? delivery.commit],
  });
  const count = secretVariables(definition).length;
  const message = `${String(count)} secrets were read${made > 0 ? `, ${String(made)} of them generated now` : ''}, and sealed for ${delivery.environment}`;
  await history.append(deliveryEvent(delivery, { stage: 'configuration', message, now: clock.now(), begun }));
  return { kind: 'sealed', services: 1 };
}

/** Seals the secrets of one service of an environment, or of all, as they are now: at what is applied and at what is on its way. */
export async function sealAgain(
  ports: SecretsPorts,
  input: { readonly environment: string; readonly service: string | null },
): Promise<SealedAnswer> {
  const record = await ports.records.load(input.environment);
  if (record?.phase !== 'active') throw new SupersededError(`${input.environment} is removed, or on its way out.`);
  let services = 0;
  for (const [key, service] of Object.entries(record.services)) {
    if (!service.touched || (input.service !== null && input.service !== key)) continue;
    const commits = new Set([service.applied?.commit, service.owner?.commit].filter((commit) => commit !== undefined));
    for (const commit of commits) {
      const definition = (await ports.builds.load(service.repository, commit))?.definition;
      if (definition === undefined || secretVariables(definition).length === 0) continue;
      await seal(ports, { environment: record, service: key, commit, definition, commits: [...commits] });
      services += 1;
    }
  }
  return { kind: 'sealed', services };
}

/** Answers how many secrets were generated now. */
async function seal(ports: SecretsPorts, subject: Subject): Promise<number> {
  const { environment, service, commit } = subject;
  const publicKey = (await ports.states.load(environment.id))?.publicKey;
  if (publicKey === undefined) {
    throw new TransientError(`${environment.id} has no key yet with which its secrets could be sealed.`);
  }
  const generated = await readGenerated(ports, subject);
  const named = await readNamed(ports, subject);
  const values = Object.fromEntries([...named, ...generated.read].map(({ variable, value }) => [variable, value]));
  const versions = [...named, ...generated.read].map(({ variable, version }) => `${variable} ${version}`).toSorted();
  await ports.states.keep({
    environment: environment.id,
    service,
    commit,
    publicKey,
    version: versionOf(versions),
    sealed: ports.sealing.seal(publicKey, JSON.stringify(values), sealingContext(environment.id, service)),
  });
  await remember(ports, subject, Object.fromEntries(named.map(({ name, version }) => [name, version])));
  return generated.made;
}

/** Which versions are in use from now on, so that a sweep finds out when there are others. */
async function remember(ports: SecretsPorts, subject: Subject, versions: SecretVersions): Promise<void> {
  const { environment, service, commit, commits } = subject;
  await changeState(ports, environment.id, (state) => withVersions(state, { service, commits }, { commit, versions }));
}

interface ReadSecret {
  readonly variable: string;
  readonly value: string;
  readonly version: string;
}

async function readNamed(
  ports: SecretsPorts,
  { environment, definition }: Subject,
): Promise<readonly (ReadSecret & { readonly name: string })[]> {
  return Promise.all(
    Object.entries(definition.secrets ?? {}).map(async ([variable, reference]) => {
      const name = secretName(ports.installation, environment.kind, reference);
      const reading = await ports.store.read(reference.store, name);
      if (reading.kind === 'absent') throw new RejectedError(missing(variable, reference, name));
      return { variable, name, value: reading.value, version: reading.version };
    }),
  );
}

function missing(variable: string, { store }: SecretReference, name: string): string {
  const where = store === 'parameter-store' ? 'Parameter Store has no parameter' : 'Secrets Manager has no secret';
  return `The variable ${variable} is to hold a secret that does not exist: ${where} "${name}". Create it there, or change \`secrets\` in the service file.`;
}

/** Once per environment: what is there is taken, what is not there is made. */
async function readGenerated(
  ports: SecretsPorts,
  { environment, service, definition }: Subject,
): Promise<{ readonly read: readonly ReadSecret[]; readonly made: number }> {
  const wanted = Object.entries(definition.generate ?? {}).map(([variable, what]) => ({
    variable,
    what,
    name: generatedName(ports.installation, environment, { service, variable }),
  }));
  await writeDown(
    ports,
    environment.id,
    wanted.map(({ name }) => name),
  );
  const read: ReadSecret[] = [];
  let made = 0;
  for (const { variable, what, name } of wanted) {
    let reading = await ports.store.read('secrets-manager', name);
    if (reading.kind === 'absent') {
      await ports.store.create(name, ports.generator.make(what));
      made += 1;
      await stillThere(ports, environment.id, name);
      reading = await ports.store.read('secrets-manager', name);
    }
    if (reading.kind === 'absent') throw new TransientError(`The generated secret ${name} cannot be read yet.`);
    const { value, version } = reading;
    if (what !== 'key-pair') read.push({ variable, value, version });
    else {
      const pair = JSON.parse(value) as { readonly private: string; readonly public: string };
      read.push({ variable, value: pair.private, version });
      read.push({ variable: publicVariable(variable), value: pair.public, version });
    }
  }
  return { read, made };
}

/** Names of secrets are known before the secrets are made: whoever removes the environment, at whatever moment, finds all of them. */
async function writeDown(ports: SecretsPorts, environment: string, names: readonly string[]): Promise<void> {
  await changeState(ports, environment, (state) =>
    names.every((name) => state.generated.includes(name))
      ? state
      : { ...state, generated: [...new Set([...state.generated, ...names])].toSorted() },
  );
}

/** Changes what is kept about an environment; again when others were faster. The same state is nothing to save. */
async function changeState(
  { states }: SecretsPorts,
  environment: string,
  change: (state: SecretState) => SecretState,
): Promise<void> {
  for (let tries = 1; tries <= TRIES; tries += 1) {
    const state = await states.load(environment);
    if (state === undefined) throw new SupersededError(`${environment} is removed, or on its way out.`);
    const next = change(state);
    if (JSON.stringify(next) === JSON.stringify(state) || (await states.save(next)) === 'saved') return;
  }
  throw new TransientError(
    `What is kept about the secrets of ${environment} was changed by others ${String(TRIES)} times in a row.`,
  );
}

/** INVARIANT: asked after a secret was made. Either the removal finds its name, or it is seen here that there was a removal. */
async function stillThere(ports: SecretsPorts, environment: string, name: string): Promise<void> {
  const state = await ports.states.load(environment);
  if (state?.generated.includes(name) === true) return;
  await ports.store.remove(name);
  throw new SupersededError(`${environment} was removed while its secrets were made.`);
}
