/**
 * Brings one side of a service what its layers and secrets say now. Separate because deliveries and changes of the configuration do
 * exactly the same, at any time and also at once.
 */
import { ANNOTATIONS, FIELD_MANAGERS, type Side } from '../../contracts/kubernetes.ts';
import { configurationFile, type ConfigurationFile } from '../../domain/configuration/file.ts';
import { layersOf, resolve } from '../../domain/configuration/layers.ts';
import { sealingContext } from '../../domain/configuration/secrets.ts';
import { emptyVersion } from '../../domain/configuration/version.ts';
import type { EnvironmentRecord } from '../../domain/environment/record.ts';
import { TransientError } from '../../domain/errors.ts';
import { configMapManifest, secretManifest } from '../../domain/manifests/configuration.ts';
import type { Manifest, ServicePlace } from '../../domain/manifests/manifest.ts';
import { dependencyAddresses } from '../../domain/manifests/pod.ts';
import { secretVariables } from '../../domain/service/configuration.ts';
import type { ServiceDefinition } from '../../domain/service/definition.ts';
import { applyAll } from '../apply-all.ts';
import type { ConfigurationPorts } from './ports.ts';
import { privateKeyFor } from './sealing-key.ts';

/** A version of a service on one side. */
export interface SideOf {
  readonly place: ServicePlace;
  readonly side: Side;
  readonly commit: string;
  readonly definition: ServiceDefinition;
}

/** What the side has now. */
export interface Configured {
  readonly version: string;
  readonly secrets?: string;
  /** Values of layers that this version of the service does not take, in words. */
  readonly ignored: readonly string[];
}

/** Layers that change more often than this while they are read leave it to the next change. */
const ROUNDS = 5;

/**
 * Applies Secret and ConfigMap of a side.
 * INVARIANT: the layers are read again after the ConfigMap was written. Whoever writes last has seen every change that was saved before,
 * so that no older content ever stays.
 */
export async function configureSide(
  ports: ConfigurationPorts,
  environment: Pick<EnvironmentRecord, 'id' | 'kind' | 'branch'>,
  of: SideOf,
): Promise<Configured> {
  const secrets = await applySecrets(ports, environment, of);
  let seen = await readSide(ports, environment, of);
  for (let round = 1; round <= ROUNDS; round += 1) {
    await applyAll(ports.cluster, FIELD_MANAGERS.configuration, [configMapOf(of, seen.file, secrets)]);
    const now = await readSide(ports, environment, of);
    if (now.file.version === seen.file.version) break;
    seen = now;
  }
  return {
    version: seen.file.version,
    ignored: seen.ignored,
    ...(secrets !== undefined && { secrets }),
  };
}

/** The file of a side as its layers say now, and what of them it does not take. */
export async function readSide(
  { layers, installation }: Pick<ConfigurationPorts, 'layers' | 'installation'>,
  environment: Pick<EnvironmentRecord, 'id' | 'kind'>,
  { place, definition }: SideOf,
): Promise<{ readonly file: ConfigurationFile; readonly ignored: readonly string[] }> {
  const said = await Promise.all(
    layersOf(environment).map(
      async (layer) => (await layers.latest(layer, place.name)) ?? emptyVersion(layer, place.name),
    ),
  );
  const resolved = resolve(definition.configuration, said);
  const file = configurationFile(
    { environment: environment.id, service: place.name },
    resolved,
    dependencyAddresses(place, definition, installation),
  );
  const ignored = resolved.ignored.map(({ layer, key, because }) =>
    because === 'unknown-key'
      ? `${key} of ${layer} (this version does not know it)`
      : `${key} of ${layer} (this version declares another type)`,
  );
  return { file, ignored };
}

/** The ConfigMap, which also tells who may not read Secrets which version they have. */
function configMapOf(of: SideOf, file: ConfigurationFile, secrets: string | undefined): Manifest {
  const manifest = configMapManifest(of.place, { side: of.side, commit: of.commit, file });
  if (secrets === undefined) return manifest;
  const annotations = { ...manifest.metadata.annotations, [ANNOTATIONS.secrets]: secrets };
  return { ...manifest, metadata: { ...manifest.metadata, annotations } };
}

async function applySecrets(
  ports: ConfigurationPorts,
  environment: Pick<EnvironmentRecord, 'id' | 'kind' | 'branch'>,
  { place, side, commit, definition }: SideOf,
): Promise<string | undefined> {
  if (secretVariables(definition).length === 0) return undefined;
  const kept = await ports.secrets.sealed(environment.id, place.key, commit);
  if (kept === undefined) {
    throw new TransientError(`The secrets of ${place.name} in ${environment.id} were not sealed yet.`);
  }
  const key = await privateKeyFor(ports, environment, kept.publicKey);
  const text = ports.sealing.open(key, kept.sealed, sealingContext(environment.id, place.key));
  const values = JSON.parse(text) as Readonly<Record<string, string>>;
  const manifest = secretManifest(place, side, { version: kept.version, values });
  await applyAll(ports.cluster, FIELD_MANAGERS.configuration, [manifest]);
  return kept.version;
}
