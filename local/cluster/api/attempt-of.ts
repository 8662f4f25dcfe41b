/** From a request's parameters to an attempt: separate because every parameter that we do not honour must be refused, not ignored. */
import type { Attempt, User } from './attempt.ts';
import type { ResourceRequest } from './request.ts';
import { invalidOptions, wrongOptions } from './status.ts';

const optionsOf: Record<string, string> = { create: 'CreateOptions', update: 'UpdateOptions', patch: 'PatchOptions' };

/** How long a writer's name may be. */
const longestManager = 128;

/** Who writes and how, from the query and the client's name. */
export function attemptOf({ query, verb }: ResourceRequest, user: User, agent: string | undefined): Attempt {
  const options = optionsOf[verb] ?? 'DeleteOptions';
  const dryRun = query.getAll('dryRun');
  if (dryRun.some((one) => one !== 'All')) throw invalidOptions(options, 'dryRun', dryRun, ['All']);
  const validation = query.get('fieldValidation') || 'Warn';
  if (validation !== 'Strict' && validation !== 'Warn' && validation !== 'Ignore')
    throw invalidOptions(options, 'fieldValidation', validation, ['Ignore', 'Strict', 'Warn']);
  const given = query.get('fieldManager') ?? '';
  if (Buffer.byteLength(given) > longestManager) {
    const message = `Too long: may not be more than ${longestManager} bytes`;
    throw wrongOptions(options, [{ reason: 'FieldValueTooLong', message, field: 'fieldManager' }]);
  }
  // Without a name of its own, a writer is called like its program.
  const manager = given || (agent ?? 'unknown').split('/')[0] || 'unknown';
  return { user, manager, dryRun: dryRun.length > 0, validation, warnings: [] };
}
