/**
 * Finds secrets of which another version is current than the one in use: rotated by Secrets Manager, or changed by a person. Separate
 * from sealing because nothing but versions is read here, of every secret once however many environments use it.
 */
import { tierOf } from '../../contracts/kinds.ts';
import type { ComparisonAnswer } from '../../contracts/inputs.ts';
import type { SweepItem } from '../../contracts/payloads.ts';
import { sealedFor, type SecretVersions } from '../../domain/configuration/secrets.ts';
import type { EnvironmentRecord } from '../../domain/environment/record.ts';
import { errorName } from '../../domain/errors.ts';
import type { SecretsPorts } from './ports.ts';

/** Says the current version of a secret; undefined when there is none, or it cannot be read now. */
type Current = (name: string) => Promise<string | undefined>;

/** Compares everything of this function's tier. */
export async function compareSecrets(ports: SecretsPorts): Promise<ComparisonAnswer<SweepItem>> {
  const records = (await ports.records.all()).filter(
    ({ kind, phase }) => tierOf(kind) === ports.tier && phase === 'active',
  );
  const current = remembering(ports);
  const items: SweepItem[] = [];
  for (const record of records) {
    const because = await rotatedIn(ports, record, current);
    if (because !== undefined) items.push({ kind: 'configure', environment: record.id, because });
  }
  return { items, questions: [] };
}

/** The first rotated secret, in words; a service that is being delivered is left to its delivery. */
async function rotatedIn(
  { states }: SecretsPorts,
  record: EnvironmentRecord,
  current: Current,
): Promise<string | undefined> {
  const { inUse = {} } = (await states.load(record.id)) ?? {};
  for (const [service, { touched, owner, applied, name = service }] of Object.entries(record.services)) {
    if (!touched || owner !== undefined || applied === undefined) continue;
    const versions: SecretVersions = inUse[sealedFor(service, applied.commit)] ?? {};
    for (const [secret, version] of Object.entries(versions)) {
      const now = await current(secret);
      if (now !== undefined && now !== version) return `${secret}, which ${name} uses, was changed`;
    }
  }
  return undefined;
}

/** Asks for each secret once. One that cannot be read now is left to the next sweep; a bug stays one. */
function remembering({ store }: SecretsPorts): Current {
  const known = new Map<string, Promise<string | undefined>>();
  return (name) => {
    const where = name.startsWith('/') ? 'parameter-store' : 'secrets-manager';
    const asked =
      known.get(name) ??
      store.version(where, name).catch((error: unknown) => {
        if (errorName(error) === undefined) throw error;
        return undefined;
      });
    known.set(name, asked);
    return asked;
  };
}
