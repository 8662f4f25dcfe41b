/**
 * A person decides. Taken once, only while it is asked, by somebody who may, and audited with who and when.
 */
import type { DecideAnswer } from '../../contracts/inputs.ts';
import type { DecideInput, WakeOutput } from '../../contracts/payloads.ts';
import type { Authors } from '../../domain/approval/authors.ts';
import type { DecisionRule } from '../../domain/approval/decision-rules.ts';
import { judgeDecision, type Cast, type Decider, type Judgement } from '../../domain/approval/judge-decision.ts';
import { describePerson } from '../../domain/approval/person.ts';
import type { Approval } from '../../domain/rollout/approval.ts';
import { changeApproval, NOTHING_TO_DECIDE } from './change-approval.ts';
import type { ApprovalPorts } from './ports.ts';

/**
 * Seconds until it must be known who started an execution. CloudTrail tells within about five minutes on average; three times as long.
 * Source: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/how-cloudtrail-works.html
 */
const STARTER_SECONDS = 900;

/** Takes the decision, or says why it does not count or what it still needs. */
export async function decideApproval(
  ports: ApprovalPorts,
  { approval: id, decision, comment }: DecideInput,
  by: Decider,
): Promise<DecideAnswer> {
  const at = ports.clock.now();
  const cast: Cast = { decision, by, at, ...(comment !== undefined && { comment }) };
  const known = await ports.approvals.load(id);
  if (known === undefined) return { kind: 'refused', reason: NOTHING_TO_DECIDE(id) };
  const { rule, authors } = await ruleAbout(ports, known, cast);

  const changed = await changeApproval<Judgement>(ports, id, async (approval) => {
    const stored = await ports.rollouts.load(approval.environment, approval.service);
    const judged = judgeDecision(approval, stored, cast, rule, authors);
    if (judged.kind === 'taken') return { ...approval, decided: judged.decided };
    return judged.kind === 'counted' ? { ...approval, votes: judged.votes } : { refusal: judged };
  });
  if ('refusal' in changed) return answerTo(changed.refusal);
  const { approval } = changed;
  await audit(ports, approval, cast);
  if (approval.decided === undefined) return counted(approval, decision, rule);
  const output: WakeOutput = { kind: 'decided', decision };
  if (approval.token !== undefined) await ports.waiting.wake(approval.token, output);
  return { kind: 'taken', message: `"${decision}" counts for ${approval.service} in ${approval.environment}.` };
}

/** The rule for this decision, and who made the commit where the rule asks. */
async function ruleAbout(
  ports: ApprovalPorts,
  { environment, service, commit }: Approval,
  { decision }: Cast,
): Promise<{ readonly rule: DecisionRule; readonly authors: Authors | undefined }> {
  const record = await ports.records.load(environment);
  const repository = record?.services[service]?.repository;
  // Without a record nothing is asked any more, which the judgement says; the strictest rule would say no other thing.
  if (record === undefined || repository === undefined) {
    return { rule: { approvals: 1, notByAuthor: true }, authors: undefined };
  }
  const rule = ports.ruleFor(record.kind, decision);
  if (!rule.notByAuthor) return { rule, authors: undefined };
  const [pushers, story] = await Promise.all([
    ports.pushes.pushersOf(repository, commit),
    ports.branches.commit(repository, commit),
  ]);
  return { rule, authors: { pushers, emails: story?.emails ?? [] } };
}

function answerTo(judged: Judgement): DecideAnswer {
  if (judged.kind === 'refused') return judged;
  return {
    kind: 'who',
    seconds: STARTER_SECONDS,
    because:
      'Who may decide this depends on who you are, which Step Functions does not tell; CloudTrail does, in a while.',
  };
}

function counted({ votes = [], environment, service }: Approval, decision: string, rule: DecisionRule): DecideAnswer {
  const said = votes.filter((vote) => vote.decision === decision);
  return {
    kind: 'counted',
    message: `"${decision}" for ${service} in ${environment}: ${String(said.length)} of ${String(rule.approvals)} said so (${said.map(({ arn }) => describePerson(arn)).join(', ')}).`,
  };
}

/** INVARIANT: every decision that counted is in the history, with who made it, before anything follows from it. */
async function audit(ports: ApprovalPorts, approval: Approval, { decision, comment, by, at }: Cast): Promise<void> {
  const who = by.kind === 'person' ? describePerson(by.arn) : `Whoever started ${by.execution}`;
  const said = comment === undefined ? '' : `: ${comment}`;
  const enough = approval.decided === undefined ? ' (more people are needed)' : '';
  await ports.history.append({
    environment: approval.environment,
    service: approval.service,
    generation: approval.generation,
    commit: approval.commit,
    at,
    stage: 'approval',
    message: `${who} decided "${decision}" at "${approval.step}"${enough}${said}`,
    level: 'info',
  });
}
