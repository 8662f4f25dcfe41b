/** Deletes what was generated for an environment, before the configuration centre forgets it. */
import type { SecretsPorts } from './ports.ts';

export interface DeletedAnswer {
  readonly kind: 'deleted' | 'kept';
}

/**
 * Deletes every generated secret of an environment that is going or gone. Killed half-way, the names are still written down, and the next
 * attempt or the sweep goes on.
 */
export async function deleteGenerated(ports: SecretsPorts, environment: string): Promise<DeletedAnswer> {
  const record = await ports.records.load(environment);
  if (record?.phase === 'active') return { kind: 'kept' };
  const state = await ports.states.load(environment);
  const names = state?.generated ?? [];
  for (const name of names) await ports.store.remove(name);
  if (names.length > 0) {
    await ports.history.append({
      environment,
      at: ports.clock.now(),
      stage: 'configuration',
      message: `Deleted ${String(names.length)} generated secrets`,
      level: 'info',
    });
  }
  return { kind: 'deleted' };
}
