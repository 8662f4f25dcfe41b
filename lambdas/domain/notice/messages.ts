/**
 * The messages about environments and services: what happened, what it means, what to do next. Separate from publishing, so that
 * tests read them as people do.
 */
import type { FailureAnswer } from '../../contracts/inputs.ts';
import type { EnvironmentRecord } from '../environment/record.ts';
import { block, code, plain } from './escape.ts';
import { branchLine, commitLine, duration, ownerLine, plainUrl, type CommitStory, type Message } from './notice.ts';

/** A step of a delivery and how long it took. */
export interface Step {
  readonly message: string;
  readonly took?: number;
}

interface About {
  readonly record: EnvironmentRecord;
  /** The service as people call it. */
  readonly service: string;
  readonly commit: string;
  readonly story: CommitStory;
}

/** A delivery began for a service that is not there yet. */
export function buildingMessage({ record, service, commit, story }: About): Message {
  return {
    title: `${service} is on its way to ${record.id}`,
    lines: [
      ...branchLine(record),
      commitLine(commit, story),
      'It is built, deployed and checked now; the link follows.',
    ],
    eventType: 'building',
  };
}

/** The service answers with the pushed commit. */
export function readyMessage(about: About & { readonly url: string; readonly steps: readonly Step[] }): Message {
  const { record, service, commit, story, url, steps } = about;
  const timed = steps.filter((step) => step.took !== undefined);
  return {
    title: `${service} is ready in ${record.id}`,
    lines: [
      ...branchLine(record),
      ...ownerLine(record, service),
      plainUrl(url),
      commitLine(commit, story),
      ...timed.map((step) => `• ${plain(step.message)}: ${duration(step.took ?? 0)}`),
    ],
    eventType: 'ready',
  };
}

/** An attempt failed. Says whether anything is tried again by itself, and what keeps serving. */
export function failedMessage(about: {
  readonly record: EnvironmentRecord | undefined;
  readonly service: string | undefined;
  readonly what: 'deliver' | 'withdraw' | 'remove' | 'start';
  readonly commit?: string;
  readonly story: CommitStory;
  readonly failure: FailureAnswer;
  readonly triedAgain: boolean;
  readonly serving?: string;
}): Message {
  const { record, service, what, failure } = about;
  const id = record?.id ?? 'an environment';
  const titles = {
    deliver: `${service ?? 'A service'} could not be delivered to ${id}`,
    withdraw: `${service ?? 'A service'} could not be withdrawn from ${id}`,
    remove: `${id} could not be removed`,
    start: 'What was started by hand could not be done',
  };
  return {
    title: titles[what],
    lines: [
      ...(record === undefined ? [] : branchLine(record)),
      ...(record === undefined || service === undefined ? [] : ownerLine(record, service)),
      ...(about.commit === undefined ? [] : [commitLine(about.commit, about.story)]),
      block(failure.reason),
      ...(about.serving === undefined ? [] : [`Commit ${code(about.serving.slice(0, 10))} keeps serving.`]),
    ],
    nextSteps: nextSteps(what, failure.kind, about.triedAgain, record?.id),
    eventType: 'failed',
  };
}

function nextSteps(
  what: 'deliver' | 'withdraw' | 'remove' | 'start',
  kind: FailureAnswer['kind'],
  triedAgain: boolean,
  id: string | undefined,
): readonly string[] {
  const show = id === undefined ? [] : [`See what happened: npx espalier events ${id}`];
  if (what === 'start') return ['Start it again with an input of the form that is described above.'];
  if (triedAgain) return ['Nothing: it is tried again by itself, and you hear only when that fails for good.', ...show];
  if (what !== 'deliver') return ['Mend what is said above; the sweep tries again, at least once an hour.', ...show];
  if (kind === 'rejected') return ['Mend what is said above and push again.', ...show];
  return ['Push again, or deliver the branch again with npx espalier deliver; operators know of it.', ...show];
}

/** A service is gone from its environment. */
export function withdrawnMessage(record: EnvironmentRecord, service: string): Message {
  return {
    title: `${service} was withdrawn from ${record.id}`,
    lines: [...branchLine(record), 'Its routes and objects are gone; the other services of the environment stay.'],
    eventType: 'withdrawn',
  };
}

/** An environment is gone. */
export function removedMessage(record: EnvironmentRecord): Message {
  const held = Object.values(record.services).some((service) => service.held !== undefined);
  return {
    title: `${record.id} was removed`,
    lines: [
      ...branchLine(record),
      held ? 'It was removed by hand and comes back with the next push.' : 'Its branches are deleted; nothing is left.',
    ],
    eventType: 'removed',
  };
}

/** The branch behind a lasting environment is gone. */
export function branchGoneMessage(record: EnvironmentRecord, repository: string): Message {
  return {
    title: `The branch of ${record.id} is gone in ${repository}`,
    lines: [
      `The branch ${code(record.branch ?? '')} was deleted in ${code(repository)}.`,
      `${record.id} is a lasting environment: everything in it keeps running as it was.`,
    ],
    nextSteps: [
      'Push the branch again if it was deleted by mistake.',
      `If the service is to go: npx espalier remove ${record.id} with the service's name.`,
    ],
    eventType: 'branch-gone',
  };
}

/** What a sweep found and does not decide. */
export function askedMessage(questions: readonly string[], failures: readonly string[]): Message {
  const shown = [...questions, ...failures].slice(0, 20);
  const more = questions.length + failures.length - shown.length;
  return {
    title: 'The sweep needs a person',
    lines: [...shown.map((line) => `• ${plain(line)}`), ...(more > 0 ? [`… and ${String(more)} more`] : [])],
    nextSteps: ['Nothing was removed because of any of these. Decide, then change the settings or remove by hand.'],
    eventType: 'asked',
  };
}
