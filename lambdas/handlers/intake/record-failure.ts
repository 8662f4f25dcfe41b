/**
 * Where every failure of a workflow ends: the record says failed, with the reason. Separate because it also answers what people are
 * told.
 */
import type { FailureAnswer, FailureSubject, TaskError } from '../../contracts/inputs.ts';
import { recordFailure, recordRemovalFailure } from '../../domain/environment/settle.ts';
import { SupersededError } from '../../domain/errors.ts';
import { readTaskError } from '../../domain/task-error.ts';
import { changeRecord } from './change-record.ts';
import type { IntakePorts } from './intake-ports.ts';
import { startDueWork } from './start-due-work.ts';
import { subjectOf } from './subject-of.ts';

/** Records the failure and answers it in words; a SupersededError when somebody newer is responsible. */
export async function recordTaskFailure(
  ports: IntakePorts,
  input: { readonly claim: FailureSubject; readonly error: TaskError; readonly execution: string },
): Promise<FailureAnswer> {
  const answer = readTaskError(input.error);
  const subject = await subjectOf(ports, input.claim, input.execution);
  // A person's input that could not be used concerns no record; it is told all the same.
  if (subject === undefined) return answer;
  const { environment, service, generation } = subject;
  const failure = { ...answer, generation, at: ports.clock.now() };
  const changed = await changeRecord(ports, environment, (record) =>
    service === undefined ? recordRemovalFailure(record, failure) : recordFailure(record, service, failure),
  );
  if (changed === undefined) throw new SupersededError(`There is no record of ${environment} any more.`);
  await startDueWork(ports, changed.record);
  if (changed.kind === 'refused') throw new SupersededError(changed.message);
  await ports.history.append({
    environment,
    at: ports.clock.now(),
    stage: 'intake',
    message: answer.reason,
    level: 'error',
    generation,
    ...(service !== undefined && { service }),
  });
  return answer;
}
