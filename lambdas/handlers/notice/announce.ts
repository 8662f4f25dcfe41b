/**
 * Tells people what happened to their branch: one message each for building, progress, asked, dark, ready, failed, withdrawn,
 * removed, and for a change of the configuration that was taken back. Separate from the workflows, which announce whatever they come by: what is no news is left out here.
 */
import type { NoticeInput } from '../../contracts/inputs.ts';
import type { TakenBack } from '../../contracts/payloads.ts';
import type { EnvironmentRecord } from '../../domain/environment/record.ts';
import { buildingMessage, readyMessage, removedMessage, withdrawnMessage } from '../../domain/notice/messages.ts';
import { notification, threadOf, type Message } from '../../domain/notice/notice.ts';
import type { NoticePorts } from './notice-ports.ts';
import { configurationNews } from './configuration-news.ts';
import { failureNews } from './failure-news.ts';
import { rolloutNews } from './rollout-news.ts';

export interface AnnounceAnswer {
  readonly kind: 'announced' | 'no-news';
}

/** Publishes at most one message. */
export async function announce(ports: NoticePorts, input: NoticeInput): Promise<AnnounceAnswer> {
  if (input.what === 'taken-back') return announceTakenBack(ports, input.takenBack);
  const id = 'environment' in input.claim ? input.claim.environment : '';
  const record = id === '' ? undefined : await ports.records.load(id);
  const message = await word(ports, input, record);
  if (message === undefined) return { kind: 'no-news' };
  const thread = record === undefined ? `${ports.installation}-by-hand` : threadOf(ports.installation, record);
  await ports.notices.publish(notification(thread, message));
  return { kind: 'announced' };
}

/** Of an environment's own layer in its thread; layers of kinds have threads of their own. */
async function announceTakenBack(ports: NoticePorts, takenBack: TakenBack): Promise<AnnounceAnswer> {
  const { layer } = takenBack;
  const [message, record] = await Promise.all([configurationNews(ports, takenBack), ports.records.load(layer)]);
  if (message === undefined) return { kind: 'no-news' };
  const thread =
    record === undefined ? `${ports.installation}-configuration-${layer}` : threadOf(ports.installation, record);
  await ports.notices.publish(notification(thread, message));
  return { kind: 'announced' };
}

async function word(
  ports: NoticePorts,
  input: Exclude<NoticeInput, { what: 'taken-back' }>,
  record: EnvironmentRecord | undefined,
): Promise<Message | undefined> {
  if (input.what === 'failed') return failureNews(ports, input, record);
  if (record === undefined) return undefined;
  if (input.what === 'removed') return removedMessage(record);
  const { service: key } = input.claim;
  const name = record.services[key]?.name ?? key;
  if (input.what === 'withdrawn') return withdrawnMessage(record, name);
  return input.what === 'building' || input.what === 'ready'
    ? deliveryNews(ports, input, record, name)
    : rolloutNews(ports, input, record, name);
}

async function deliveryNews(
  ports: NoticePorts,
  input: Extract<NoticeInput, { what: 'building' | 'ready' }>,
  record: EnvironmentRecord,
  name: string,
): Promise<Message | undefined> {
  const { repository, service, commit, generation } = input.claim;
  if (input.what === 'building') {
    const known = record.services[service];
    // Only the first way of a service into its environment is news; afterwards its readiness is.
    if (known === undefined || known.applied !== undefined || known.failure !== undefined) return undefined;
    return buildingMessage({ record, service: name, commit, story: await ports.branches.commit(repository, commit) });
  }
  const story = await ports.branches.commit(repository, commit);
  const steps = await ports.history.of(record.id, { service, generation });
  return readyMessage({ record, service: name, commit, story, url: input.url, steps });
}
