/**
 * The key of an environment: its private half is a Secret in the namespace and nowhere else, its public half is in the table. What is
 * sealed with it opens only there, and never again once the namespace is gone. Why: docs/decisions/secrets-are-sealed.md.
 */
import { ANNOTATIONS, FIELD_MANAGERS } from '../../contracts/kubernetes.ts';
import { changesOf } from '../../domain/drift/compare-objects.ts';
import type { SecretState } from '../../domain/configuration/secrets.ts';
import type { EnvironmentRecord } from '../../domain/environment/record.ts';
import { TransientError } from '../../domain/errors.ts';
import { SEALING_KEY } from '../../domain/manifests/configuration.ts';
import { namespace, placeMetadata, type Manifest, type Place } from '../../domain/manifests/manifest.ts';
import { applyAll } from '../apply-all.ts';
import type { ConfigurationPorts } from './ports.ts';

/** Of two that make a key at once each sees the other's within two rounds. */
const ROUNDS = 5;
const PRIVATE = 'private';

/** A key as it is in the cluster. */
interface KeyInCluster {
  readonly publicKey: string;
  readonly privateKey: string;
}

type Environment = Pick<EnvironmentRecord, 'id' | 'kind' | 'branch'>;

/**
 * Sees to it that the table has the public half of the key in the namespace.
 * INVARIANT: the cluster is looked at again after the table was written, so that both agree whoever else makes a key meanwhile.
 */
export async function keepSealingKey(ports: ConfigurationPorts, environment: Environment): Promise<void> {
  const place = placeOf(ports, environment);
  for (let round = 1; round <= ROUNDS; round += 1) {
    const key = (await readKey(ports, place)) ?? (await makeKey(ports, place));
    const state = await ports.secrets.load(environment.id);
    if (state?.publicKey === key.publicKey) return;
    const none: SecretState = { environment: environment.id, version: 0, generated: [] };
    await ports.secrets.save({ ...(state ?? none), publicKey: key.publicKey });
  }
  throw new TransientError(
    `The sealing key of ${environment.id} was changed by others ${String(ROUNDS)} times in a row.`,
  );
}

/** The private key, when it is the one that something was sealed for. */
export async function privateKeyFor(
  ports: ConfigurationPorts,
  environment: Environment,
  publicKey: string,
): Promise<string> {
  const key = await readKey(ports, placeOf(ports, environment));
  if (key?.publicKey === publicKey) return key.privateKey;
  throw new TransientError(
    `The secrets of ${environment.id} were sealed for a key that its namespace does not have any more; they are sealed anew.`,
  );
}

function placeOf({ installation }: ConfigurationPorts, { id, kind, branch }: Environment): Place {
  return { installation: installation.installation, environment: id, kind, branch };
}

/** One that somebody edited opens nothing that was sealed: it counts as lost. */
async function readKey({ cluster }: ConfigurationPorts, place: Place): Promise<KeyInCluster | undefined> {
  const secret = await cluster.get({
    apiVersion: 'v1',
    kind: 'Secret',
    namespace: namespace(place),
    name: SEALING_KEY,
  });
  if (secret !== undefined && changesOf(secret, FIELD_MANAGERS.configuration).length > 0) return undefined;
  const { [ANNOTATIONS.secrets]: publicKey } = (secret?.metadata['annotations'] ?? {}) as Record<string, string>;
  const { [PRIVATE]: encoded } = (secret?.['data'] ?? {}) as Record<string, string>;
  if (publicKey === undefined || encoded === undefined) return undefined;
  return { publicKey, privateKey: Buffer.from(encoded, 'base64').toString('utf8') };
}

async function makeKey(ports: ConfigurationPorts, place: Place): Promise<KeyInCluster> {
  const { publicKey, privateKey } = ports.sealing.newKey();
  const manifest: Manifest = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { ...placeMetadata(place, SEALING_KEY), annotations: { [ANNOTATIONS.secrets]: publicKey } },
    type: 'Opaque',
    data: { [PRIVATE]: Buffer.from(privateKey, 'utf8').toString('base64') },
  };
  await applyAll(ports.cluster, FIELD_MANAGERS.configuration, [manifest]);
  return (await readKey(ports, place)) ?? { publicKey, privateKey };
}
