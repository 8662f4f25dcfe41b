/** From a request's parameters to an attempt: separate because every parameter that we do not honour must be refused, not ignored. */
import type { Attempt, User } from './attempt.ts';
import type { ResourceRequest } from './request.ts';
import { badRequest } from './status.ts';

/** Who writes and how, from the query and the client's name. */
export function attemptOf({ query }: ResourceRequest, user: User, agent: string | undefined): Attempt {
  const dryRun = query.getAll('dryRun');
  if (dryRun.some((one) => one !== 'All'))
    throw badRequest(
      `Invalid value: ${JSON.stringify(dryRun)}: dryRun: Unsupported value: ${JSON.stringify(dryRun[0])}: supported values: "All"`,
    );
  const validation = query.get('fieldValidation') || 'Warn';
  if (validation !== 'Strict' && validation !== 'Warn' && validation !== 'Ignore')
    throw badRequest(
      `fieldValidation: Unsupported value: ${JSON.stringify(validation)}: supported values: "Ignore", "Strict", "Warn"`,
    );
  // Without a name of its own, a writer is called like its program.
  const manager = query.get('fieldManager') || (agent ?? 'unknown').split('/')[0] || 'unknown';
  return { user, manager, dryRun: dryRun.length > 0, validation, warnings: [] };
}
