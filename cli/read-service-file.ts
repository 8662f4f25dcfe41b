/** Reads a service file that a person names. Separate because two commands do, and say the same when there is none. */
import { SERVICE_FILE } from '../lambdas/domain/service/definition.ts';
import { CommandError, type World } from './command.ts';
import { printable } from './terminal.ts';

/** Its text. */
export async function readServiceFile(world: Pick<World, 'text'>, file: string): Promise<string> {
  const text = await world.text(file);
  if (text !== undefined) return text;
  throw new CommandError(
    `There is no file ${printable(file)}. Name the service file of a repository, such as orders/${SERVICE_FILE}.`,
  );
}
