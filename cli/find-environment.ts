/**
 * From what a person typed to an environment and its service, or the nearest name that exists.
 * Separate because all commands that name an environment are forgiving in the same way.
 */
import { nearest } from '../lambdas/domain/naming/nearest.ts';
import type { EnvironmentRecord } from '../lambdas/domain/environment/record.ts';
import { CommandError, type World } from './command.ts';
import { printable } from './terminal.ts';

/** The environment with this id, or of the branch with exactly this name. */
export async function findEnvironment(world: World, name: string): Promise<EnvironmentRecord> {
  const byId = await world.records.load(name);
  if (byId !== undefined) return byId;
  const id = await world.records.idOfBranch(name);
  const byBranch = id === undefined ? undefined : await world.records.load(id);
  if (byBranch !== undefined) return byBranch;
  throw await unknownEnvironment(world, name);
}

async function unknownEnvironment(world: World, name: string): Promise<CommandError> {
  const present = (await world.records.all()).filter((record) => record.phase !== 'removed');
  const guess = nearest(
    name,
    present.flatMap((record) => [record.id, ...(record.branch === null ? [] : [record.branch])]),
  );
  const hint =
    guess !== undefined
      ? `Did you mean ${printable(guess)}?`
      : present.length === 0
        ? 'There is none yet: push a branch.'
        : 'See `npx espalier environments` for those there are.';
  return new CommandError(`There is no environment ${printable(name)}. ${hint}`);
}

/** The key of the service that is called this, or whose repository is. */
export function findService(record: EnvironmentRecord, name: string): string {
  const services = Object.entries(record.services);
  const found = services.find(
    ([key, service]) => key === name || service.name === name || service.repository === name,
  )?.[0];
  if (found !== undefined) return found;
  const known = services.map(([key, service]) => service.name ?? key);
  const guess = nearest(name, known);
  const hint =
    guess === undefined
      ? `Its services: ${known.map(printable).join(', ') || 'none'}.`
      : `Did you mean ${printable(guess)}?`;
  throw new CommandError(`${record.id} has no service ${printable(name)}. ${hint}`);
}
