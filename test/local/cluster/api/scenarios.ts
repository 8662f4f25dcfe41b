/** What is asked of the API: each scenario is a requirement; `answers.json` has what a real API server answered. */
import { applyingScenarios } from './scenarios/applying.ts';
import { endingScenarios } from './scenarios/ending.ts';
import { findingScenarios } from './scenarios/finding.ts';
import { objectScenarios } from './scenarios/objects.ts';
import { readingScenarios } from './scenarios/reading.ts';
import type { Scenario } from './scenario.ts';

/** Everything that is asked. */
export const scenarios: readonly Scenario[] = [
  ...objectScenarios,
  ...applyingScenarios,
  ...readingScenarios,
  ...endingScenarios,
  ...findingScenarios,
];
