/**
 * Messages about a rollout: how far it is, what is asked, what is dark. Separate because they need what is known of the rollout and of
 * who may decide.
 */
import type { NoticeInput } from '../../contracts/inputs.ts';
import type { EnvironmentRecord } from '../../domain/environment/record.ts';
import type { Message } from '../../domain/notice/notice.ts';
import { darkMessage, decisionMessage, progressMessage, type Deciding } from '../../domain/notice/rollout-messages.ts';
import type { NoticePorts } from './notice-ports.ts';

export type RolloutNews = Extract<NoticeInput, { what: 'progress' | 'asked' | 'dark' }>;

/** The message; undefined when the rollout is another one by now. */
export async function rolloutNews(
  ports: NoticePorts,
  input: RolloutNews,
  record: EnvironmentRecord,
  name: string,
): Promise<Message | undefined> {
  const { repository, service, commit, generation } = input.claim;
  const stored = await ports.rollouts.load(record.id, service);
  const current = stored?.generation === generation ? stored : undefined;
  const about = { record, service: name, commit, story: await ports.branches.commit(repository, commit) };
  if (input.what === 'asked') {
    const { question, approval } = input;
    const deciding = await decidingBy(ports, record, approval);
    return decisionMessage({ ...about, ...deciding, question, rollout: current?.rollout });
  }
  if (current === undefined) return undefined;
  if (input.what === 'progress') {
    const events = await ports.history.of(record.id, { service, generation, after: current.rollout.startedAt - 1 });
    const told = events.filter(({ stage }) => stage === 'rollout').map(({ message }) => message);
    return progressMessage({ ...about, rollout: current.rollout, told });
  }
  const { dark, applied } = record.services[service] ?? {};
  if (dark?.generation !== generation) return undefined;
  const deciding = await decidingBy(ports, record, current.approval ?? '');
  return darkMessage({ ...about, ...deciding, header: dark.header, url: applied?.url, key: service });
}

async function decidingBy(ports: NoticePorts, { kind }: EnvironmentRecord, approval: string): Promise<Deciding> {
  const known = await ports.approvals.load(approval);
  return {
    approval,
    machine: ports.decideMachine,
    until: known?.until,
    ruleFor: (decision) => ports.ruleFor(kind, decision),
  };
}
