/** Plans of the scenarios. Separate because several files of scenarios use the same. */
import { compileMetric } from '../../lambdas/domain/analysis/compile-metric.ts';
import type { Metric } from '../../lambdas/domain/analysis/metric.ts';
import type { Plan } from '../../lambdas/domain/rollout/step.ts';

/** What is measured; the scenarios say what comes of it. */
const ERRORS: Metric = {
  name: 'errors',
  source: { kind: 'error-count' },
  success: { operator: '<=', value: 0 },
  initialDelaySeconds: 0,
  intervalSeconds: 5,
  windowSeconds: 5,
  minimumSample: 0,
  failureLimit: 0,
  inconclusiveLimit: 0,
  errorLimit: 0,
  consecutiveSuccess: 1,
};

/** 10 %, half, all, with short pauses. */
export const CANARY: Plan = {
  name: 'canary',
  keepSeconds: 60,
  intervalSeconds: 5,
  metrics: [compileMetric({ kind: 'success-rate', success: '>= 99' }, 5)],
  steps: [
    { kind: 'shift', candidatePercent: 10 },
    { kind: 'pause', seconds: 10 },
    { kind: 'shift', candidatePercent: 50 },
    { kind: 'pause', seconds: 10 },
    { kind: 'shift', candidatePercent: 100 },
  ],
};

/** A person decides after the first share. */
export const WITH_APPROVAL: Plan = {
  ...CANARY,
  name: 'canary with approval',
  steps: [
    { kind: 'shift', candidatePercent: 10 },
    { kind: 'ask', question: 'Does it look well?', deadlineSeconds: 3_600 },
    { kind: 'shift', candidatePercent: 100 },
  ],
};

const PREVIEW = { kind: 'try-by-header', match: { name: 'espalier-preview', value: 'yes' } } as const;

/** By header first. */
export const WITH_HEADER: Plan = {
  ...CANARY,
  name: 'canary by header first',
  steps: [PREVIEW, { kind: 'pause', seconds: 5 }, ...CANARY.steps],
};

/** Preview, analysis, the switch, analysis. */
export const BLUE_GREEN: Plan = {
  ...CANARY,
  name: 'blue-green',
  metrics: [ERRORS],
  steps: [
    PREVIEW,
    { kind: 'analyse', seconds: 20 },
    { kind: 'shift', candidatePercent: 100 },
    { kind: 'analyse', seconds: 20 },
  ],
};
