/** What a real API server answered: separate because the stand-in and a real cluster are held against the same record. */
import { readFileSync } from 'node:fs';

const answers = JSON.parse(readFileSync(new URL('answers.json', import.meta.url), 'utf8')) as Record<string, unknown>;

/** The recorded answers of a scenario; one without a record is a mistake of whoever wrote it. */
export function answersOf(scenario: string): unknown {
  if (!(scenario in answers))
    throw new Error(`No answers are recorded for "${scenario}": record-answers.ts asks a real API server for them.`);
  return answers[scenario];
}

/** Names of all scenarios with a record. */
export const recorded = (): string[] => Object.keys(answers);
