/**
 * Whether a failure is news and how it reads. Separate because attempts are made again by themselves: people hear of the first, and of
 * the last.
 */
import type { NoticeInput } from '../../contracts/inputs.ts';
import type { EnvironmentRecord, Failure, ServiceRecord } from '../../domain/environment/record.ts';
import { isRetried } from '../../domain/environment/retry.ts';
import { ATTEMPTS_LIMIT } from '../../domain/environment/services.ts';
import { failedMessage } from '../../domain/notice/messages.ts';
import type { Message } from '../../domain/notice/notice.ts';
import type { NoticePorts } from './notice-ports.ts';

type FailedInput = Extract<NoticeInput, { what: 'failed' }>;

/** The message; undefined when nobody needs to hear of it. */
export async function failureNews(
  ports: NoticePorts,
  { claim, failure }: FailedInput,
  record: EnvironmentRecord | undefined,
): Promise<Message | undefined> {
  if (record === undefined || !('generation' in claim)) {
    return failedMessage({
      record,
      service: undefined,
      what: 'start',
      story: undefined,
      failure,
      triedAgain: false,
    });
  }
  const key = 'service' in claim ? claim.service : undefined;
  const service = key === undefined ? undefined : record.services[key];
  const recorded = key === undefined ? record.removal.failure : service?.failure;
  const goes = key === undefined || service?.desired.kind === 'absent';
  // Not recorded: a newer commit is wanted by now and the failure of the older one is nobody's concern; bugs of ours are.
  if (recorded?.generation !== claim.generation) {
    const commit = service === undefined ? undefined : gaveWay(service, claim.generation);
    if (service !== undefined && commit !== undefined) {
      const instead = { ...failure, commit, generation: claim.generation, attempts: 1, at: 0 };
      const story = await ports.branches.commit(service.repository, commit);
      return news(record, key, service, instead, failure, false, story);
    }
    return failure.kind === 'bug' ? news(record, key, service, undefined, failure, false, undefined) : undefined;
  }
  const isNews =
    recorded.attempts === 1 || (recorded.attempts === ATTEMPTS_LIMIT && !goes) || recorded.kind === 'rejected';
  if (!isNews || (goes && recorded.attempts > 1)) return undefined;
  const { commit } = recorded;
  const story =
    commit === undefined || service === undefined ? undefined : await ports.branches.commit(service.repository, commit);
  return news(
    record,
    key,
    service,
    recorded,
    failure,
    goes ? recorded.kind === 'transient' : isRetried(recorded),
    story,
  );
}

/**
 * The commit of a delivery that gave way to the version before, which is wanted again: that leaves no failure in the record, and its author
 * hears of it all the same. Undefined for every other one.
 */
function gaveWay({ desired, applied, held, generation }: ServiceRecord, failed: number): string | undefined {
  const isBack = desired.kind === 'commit' && desired.commit === applied?.commit;
  return isBack && generation <= failed + 1 ? held : undefined;
}

function news(
  record: EnvironmentRecord,
  key: string | undefined,
  service: ServiceRecord | undefined,
  recorded: Failure | undefined,
  failure: FailedInput['failure'],
  triedAgain: boolean,
  story: { readonly author: string; readonly title: string } | undefined,
): Message {
  const withdrawn = service?.desired.kind === 'absent' ? 'withdraw' : 'deliver';
  return failedMessage({
    record,
    service: service?.name ?? key,
    what: key === undefined ? 'remove' : withdrawn,
    ...(recorded?.commit !== undefined && { commit: recorded.commit }),
    story,
    failure,
    triedAgain,
    ...(service?.applied !== undefined && { serving: service.applied.commit }),
  });
}
