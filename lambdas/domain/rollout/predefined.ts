/**
 * CodeDeploy's predefined configurations, understood by name, so that people keep the words they know.
 * Source: https://docs.aws.amazon.com/codedeploy/latest/userguide/deployment-configurations.html
 * (`CodeDeployDefault.ECSCanary10Percent5Minutes`, `CodeDeployDefault.ECSLinear10PercentEvery1Minutes`, `…AllAtOnce`).
 */
import type { Step } from './step.ts';

const CANARY = /^Canary(\d{1,2})Percent(\d{1,4})Minutes?$/;
const LINEAR = /^Linear(\d{1,2})PercentEvery(\d{1,4})Minutes?$/;
const PREFIX = /^(CodeDeployDefault\.)?(ECS|Lambda)?/;

/**
 * The steps of a predefined name, or undefined when it is none. `Canary10Percent5Minutes`: 10 %, five minutes, all.
 * `Linear10PercentEvery1Minute`: 10 % more every minute until all.
 */
export function predefinedSteps(name: string): readonly Step[] | undefined {
  const bare = name.replace(PREFIX, '');
  if (bare === 'AllAtOnce') return [{ kind: 'shift', candidatePercent: 100 }];
  const canary = CANARY.exec(bare);
  if (canary) {
    const [percent, minutes] = [Number(canary[1]), Number(canary[2])];
    return percent === 0 || minutes === 0
      ? undefined
      : [...stage(percent, minutes), { kind: 'shift', candidatePercent: 100 }];
  }
  const linear = LINEAR.exec(bare);
  if (linear) {
    const [percent, minutes] = [Number(linear[1]), Number(linear[2])];
    if (percent === 0 || minutes === 0) return undefined;
    const stages = Math.ceil(100 / percent) - 1;
    return [
      ...Array.from({ length: stages }, (_, index) => stage(percent * (index + 1), minutes)).flat(),
      { kind: 'shift', candidatePercent: 100 },
    ];
  }
  return undefined;
}

function stage(percent: number, minutes: number): readonly Step[] {
  return [
    { kind: 'shift', candidatePercent: percent },
    { kind: 'pause', seconds: minutes * 60 },
  ];
}
