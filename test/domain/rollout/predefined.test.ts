/** CodeDeploy's names mean what they mean there. */
import { describe, expect, it } from 'vitest';
import { predefinedSteps } from '../../../lambdas/domain/rollout/predefined.ts';
import { describeStep } from '../../../lambdas/domain/rollout/step.ts';

const said = (name: string) => predefinedSteps(name)?.map(describeStep);

describe('predefined plans', () => {
  it('Canary10Percent5Minutes serves a tenth for five minutes, then all', () => {
    expect(said('Canary10Percent5Minutes')).toEqual(['10 % of the requests', 'wait 5 min', '100 % of the requests']);
  });

  it('Linear10PercentEvery1Minute rises by a tenth every minute', () => {
    const steps = predefinedSteps('Linear10PercentEvery1Minute') ?? [];
    expect(steps.flatMap((step) => (step.kind === 'shift' ? [step.candidatePercent] : []))).toEqual([
      10, 20, 30, 40, 50, 60, 70, 80, 90, 100,
    ]);
    expect(steps.filter((step) => step.kind === 'pause')).toHaveLength(9);
  });

  it.each(['CodeDeployDefault.ECSCanary10Percent15Minutes', 'ECSLinear10PercentEvery3Minutes', 'AllAtOnce'])(
    'understands %s',
    (name) => {
      expect(predefinedSteps(name)?.at(-1)).toEqual({ kind: 'shift', candidatePercent: 100 });
    },
  );

  it.each(['Canary0Percent5Minutes', 'Linear10PercentEvery0Minutes', 'canary', '', 'Canary10Percent'])(
    'does not take %j for a predefined name',
    (name) => {
      expect(predefinedSteps(name)).toBeUndefined();
    },
  );
});
