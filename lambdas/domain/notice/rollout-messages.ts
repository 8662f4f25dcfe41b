/**
 * The messages about rollouts: how far one is, what people are asked, what is dark. Separate from those about deliveries, because these
 * hold what somebody is to paste, and who may.
 */
import type { DecisionWord } from '../../contracts/payloads.ts';
import { describeRule, type DecisionRule } from '../approval/decision-rules.ts';
import type { EnvironmentRecord, Instant } from '../environment/record.ts';
import type { Rollout } from '../rollout/rollout.ts';
import { describeStep } from '../rollout/step.ts';
import { startPage } from './console.ts';
import { code, plain } from './escape.ts';
import { branchLine, commitLine, ownerLine, plainUrl, type CommitStory, type Message } from './notice.ts';

interface About {
  readonly record: EnvironmentRecord;
  /** The service as people call it. */
  readonly service: string;
  readonly commit: string;
  readonly story: CommitStory;
}

/** How people decide. */
export interface Deciding {
  /** Id under which they do. */
  readonly approval: string;
  /** ARN of the state machine *decide approval*. */
  readonly machine: string;
  readonly until?: Instant | undefined;
  readonly ruleFor: (decision: DecisionWord) => DecisionRule;
}

/** Lines of the history that are shown with the progress. */
const LAST_LINES = 6;

/** How far a rollout is: weights, what was measured, what comes next. */
export function progressMessage(
  about: About & { readonly rollout: Rollout; readonly told: readonly string[] },
): Message {
  const { record, service, commit, story, rollout, told } = about;
  const { steps } = rollout.plan;
  const now = steps[rollout.step];
  const next = steps[rollout.step + 1];
  const share = rollout.shifted.candidatePercent;
  return {
    title: `${service} in ${record.id}: ${String(share)} % of the requests on the new version`,
    lines: [
      ...ownerLine(record, service),
      commitLine(commit, story),
      ...told.slice(-LAST_LINES).map((line) => `• ${plain(line)}`),
      ...(now === undefined
        ? []
        : [`Now step ${String(rollout.step + 1)} of ${String(steps.length)}: ${plain(describeStep(now))}`]),
      next === undefined ? 'Then it is promoted.' : `Then: ${plain(describeStep(next))}`,
    ],
    eventType: 'progress',
  };
}

/** Somebody must decide. Holds what to paste, until when, and who may, so that nobody has to look anything up. */
export function decisionMessage(
  about: About & Deciding & { readonly question: string; readonly rollout: Rollout | undefined },
): Message {
  const { record, service, commit, story, question, rollout } = about;
  return {
    title: `${service} in ${record.id} waits for a decision`,
    lines: [
      ...branchLine(record),
      ...ownerLine(record, service),
      commitLine(commit, story),
      plain(question),
      ...(rollout === undefined
        ? []
        : [
            `${String(rollout.shifted.candidatePercent)} % of the requests are on this version (${rollout.candidate.side}), ${String(100 - rollout.shifted.candidatePercent)} % on ${code(rollout.stable.commit.slice(0, 10))}.`,
          ]),
      ...untilLine(about.until, 'Without an answer by then it returns to what served before.'),
      ...whoLines(about, ['approve', 'reject']),
    ],
    nextSteps: ways(about, ['approve', 'reject']),
    eventType: 'asked',
  };
}

/** A version was delivered and is not released. Says how to try it, and how it is released. */
export function darkMessage(
  about: About &
    Deciding & {
      readonly url: string | undefined;
      readonly header: { readonly name: string; readonly value: string };
      /** Key of the service, for the command line. */
      readonly key: string;
    },
): Message {
  const { record, service, commit, story, url, header, key } = about;
  const [inConsole = ''] = ways(about, ['release', 'drop']);
  return {
    title: `${service} is delivered dark in ${record.id}`,
    lines: [
      ...branchLine(record),
      ...ownerLine(record, service),
      commitLine(commit, story),
      'Everybody still gets the version before. This one is reached by a header only:',
      code(`curl -H '${header.name}: ${header.value}' ${url === undefined ? 'THE-LINK' : plainUrl(url)}`),
      ...untilLine(about.until, 'Not released by then, it goes again.'),
      ...whoLines(about, ['release', 'drop']),
    ],
    nextSteps: [
      inConsole,
      `In a terminal: ${code(`npx espalier release ${record.id} ${key}`)} or ${code(`npx espalier decide ${about.approval} drop`)}`,
    ],
    eventType: 'dark',
  };
}

/** The two ways to decide, ready to paste. */
function ways({ approval, machine }: Deciding, words: readonly DecisionWord[]): readonly string[] {
  const inputs = words.map((decision) => code(JSON.stringify({ approval, decision })));
  return [
    `In the console: open ${plainUrl(startPage(machine))}, press Start execution and paste ${inputs.join(' or ')}`,
    `In a terminal: ${words.map((word) => code(`npx espalier decide ${approval} ${word}`)).join(' or ')}`,
  ];
}

function whoLines({ ruleFor }: Deciding, words: readonly DecisionWord[]): readonly string[] {
  return words.map((word) => `May ${word}: ${plain(describeRule(ruleFor(word)))}.`);
}

function untilLine(until: Instant | undefined, otherwise: string): readonly string[] {
  return until === undefined
    ? []
    : [`Until ${new Date(until).toISOString().slice(0, 16).replace('T', ' ')} UTC. ${otherwise}`];
}
