/**
 * One look at the real branch: what git says becomes what the record wants, and what is due is started.
 * Separate from the event that led here: events, sweeps and people all end in the same look.
 */
import { fitsAny } from '../../domain/branches/pattern.ts';
import { observeBranch, type Head } from '../../domain/environment/observe-branch.ts';
import type { Change, EnvironmentRecord } from '../../domain/environment/record.ts';
import { serviceKey } from '../../domain/naming/service-key.ts';
import { branchGoneMessage } from '../../domain/notice/messages.ts';
import { notification, threadOf } from '../../domain/notice/notice.ts';
import { untilSaved, type Changed } from './change-record.ts';
import { findEnvironment, rememberEnvironment } from './find-environment.ts';
import type { IntakePorts } from './intake-ports.ts';
import { startDueWork } from './start-due-work.ts';
import { stopUnwantedBuild } from './stop-unwanted-build.ts';
import { wakeRollout } from './wake-rollout.ts';

/** What came of the look. */
export type LookAnswer =
  | { readonly kind: 'observed'; readonly environment: string; readonly changed: boolean }
  | { readonly kind: 'ignored'; readonly because: string };

/** Looks at a branch of a repository. */
export async function lookAtBranch(
  ports: IntakePorts,
  { repository, branch }: { readonly repository: string; readonly branch: string },
): Promise<LookAnswer> {
  if (!fitsAny(repository, ports.rules.repositories)) {
    return { kind: 'ignored', because: `the repository ${JSON.stringify(repository)} is not in the settings` };
  }
  const service = serviceKey(repository);
  let ignored = '';
  const changed = await untilSaved(ports, async () => {
    const found = await findEnvironment(ports, branch);
    if (found.kind === 'none') {
      ignored = `the branch ${JSON.stringify(branch)} fits no pattern of the settings`;
      return undefined;
    }
    // INVARIANT: the head is read after the record's version. Whoever read an older head cannot save over a newer one.
    const head = await ports.branches.head(repository, branch);
    const reason = notObserved(found.kind, found.fits, head);
    if (reason !== undefined) {
      ignored = reason;
      return undefined;
    }
    const seen = head as Head;
    const change = observeBranch(found.record, { service, repository, head: seen, now: ports.clock.now() });
    const moved = found.kind === 'known' && found.moved === true && change.kind === 'unchanged';
    return {
      record: found.record,
      change: moved ? ({ kind: 'changed', record: found.record } satisfies Change) : change,
    };
  });
  if (changed === undefined) return { kind: 'ignored', because: ignored };
  await afterLook(ports, changed, service, repository);
  return { kind: 'observed', environment: changed.record.id, changed: changed.kind === 'changed' };
}

function notObserved(
  found: 'known' | 'free',
  fits: boolean,
  head: Head | { readonly kind: 'no-repository' },
): string | undefined {
  if (head.kind === 'no-repository') return 'the repository does not exist; nothing is removed because of that';
  if (found === 'free' && head.kind === 'gone') return 'the branch does not exist and has no environment';
  if (!fits && head.kind === 'commit') return 'the branch fits no pattern any more; its environment stays as it is';
  return undefined;
}

async function afterLook(ports: IntakePorts, changed: Changed, service: string, repository: string): Promise<void> {
  const { record } = changed;
  if (changed.kind === 'changed') {
    if (changed.before.version === 0) await rememberEnvironment(ports, record);
    await stopUnwantedBuild(ports, changed.before, record, service);
    await wakeRollout(ports, changed.before, record, service);
  }
  await startDueWork(ports, record);
  if (changed.kind === 'changed') await tell(ports, changed.before, record, service, repository);
}

async function tell(
  ports: IntakePorts,
  before: EnvironmentRecord,
  record: EnvironmentRecord,
  key: string,
  repository: string,
): Promise<void> {
  const was = before.services[key];
  const is = record.services[key];
  if (is === undefined) return;
  const event = {
    environment: record.id,
    at: ports.clock.now(),
    stage: 'intake',
    service: key,
    level: 'info',
  } as const;
  if (is.branchGone !== undefined && was?.branchGone === undefined) {
    const message = branchGoneMessage(record, repository);
    await ports.notices.publish(notification(threadOf(ports.rules.installation, record), message));
    await ports.history.append({
      ...event,
      level: 'warning',
      message: `The branch is gone in ${repository}; everything stays as it was`,
    });
    return;
  }
  if (is.desired.kind === 'commit') {
    const { commit } = is.desired;
    await ports.history.append({
      ...event,
      commit,
      message: `The branch of ${repository} is at ${commit.slice(0, 10)}`,
    });
  } else {
    await ports.history.append({ ...event, message: `The branch was deleted in ${repository}` });
  }
}
