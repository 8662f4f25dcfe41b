/** Plans as text: what is written is kept, and what is wrong is said with its place. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseServiceFile } from '../../../lambdas/boundary/service-file/service-file.ts';
import { rolloutRules } from '../../../lambdas/boundary/settings/rules.ts';
import { parseSettings } from '../../../lambdas/boundary/settings/settings.ts';
import { choosePlan } from '../../../lambdas/domain/rollout/choose-plan.ts';

const reading = (rollout: string) => parseServiceFile(`name: orders\nrollout:${rollout}\n`);
const message = (rollout: string) => {
  const read = reading(rollout);
  return read.kind === 'wrong' ? read.message : 'read';
};

describe('a rollout plan in a service file', () => {
  it.each([
    ' rolling',
    ' canary',
    ' Canary10Percent5Minutes',
    ' { strategy: blue-green, preview: true, before: { analyse: 60s }, ask: Switch?, after: { analyse: 2m }, keep: 5m }',
    ' { strategy: blue-green, ask: { question: Switch?, within: 2h } }',
    ' { strategy: canary, steps: [{ header: { name: x-new, value: "1" } }, { weight: 10 }, { pause: 10s }, { pause: until-approved, within: 1h }, { analyse: 30s }, { weight: 100 }], metrics: [{ kind: latency, percentile: 99, success: "< 500" }] }',
    ' { strategy: blue-green, dark: true }',
    ' { strategy: canary, dark: { header: { name: x-try, value: next }, expires: 14d }, steps: [{ weight: 100 }] }',
  ])('can be%s', (rollout) => {
    expect(message(rollout)).toBe('read');
  });

  it('is kept as it was written', () => {
    const read = reading(' { strategy: canary, steps: [{ weight: 100 }], keep: 5m }');
    expect(read).toMatchObject({
      definition: { rollout: { strategy: 'canary', steps: [{ weight: 100 }], keep: '5m' } },
    });
  });

  it.each([
    [' canry', /^espalier.yaml:2:1: rollout: found "canry"; allowed: rolling, blue-green, canary/],
    ['\n  strategy: blue-gren', /:3:3: rollout.strategy: .*Did you mean "blue-green"\?/],
    ['\n  strategy: blue-green\n  keap: 5m', /:4:3: rollout.keap: unknown key.*Did you mean "keep"\?/],
    ['\n  strategy: canary\n  steps:\n    - wieght: 10', /:5:7: rollout.steps\[0\]: .*weight.*Did you mean "weight"\?/],
    [
      '\n  strategy: canary\n  steps:\n    - weight: 110',
      /rollout.steps\[0\].weight: found 110; allowed: a whole number from 1 to 100/,
    ],
    [
      '\n  strategy: canary\n  steps:\n    - weight: 100\n    - pause: 10',
      /rollout.steps\[1\].pause: found 10; allowed: a duration/,
    ],
    [
      '\n  strategy: canary\n  steps:\n    - weight: 100\n    - pause: until-aproved',
      /Did you mean "until-approved"\?/,
    ],
    [
      '\n  strategy: canary\n  steps:\n    - weight: 50\n    - weight: 20',
      /:2:1: rollout: the weight 20 comes after 50/,
    ],
    [
      '\n  strategy: canary\n  steps: [{ weight: 100 }]\n  metrics:\n    - kind: sucess-rate',
      /rollout.metrics\[0\].kind: .*Did you mean "success-rate"\?/,
    ],
    [
      '\n  strategy: canary\n  steps: [{ weight: 100 }]\n  metrics:\n    - { kind: success-rate, success: "99" }',
      /rollout.metrics\[0\].success: found "99"; allowed: a comparison/,
    ],
    [
      '\n  strategy: canary\n  steps: [{ weight: 100 }]\n  metrics:\n    - { kind: cloudwatch, expression: "SELECT 1", metric: M, failure: "> 1" }',
      /rollout.metrics\[0\].metric: unknown key/,
    ],
    [
      '\n  strategy: canary\n  steps: [{ weight: 100 }]\n  metrics:\n    - { kind: cloudwatch, namespace: N, metric: M, statistic: p101, failure: "> 1" }',
      /statistic.*allowed: Sum, Average, Minimum, Maximum, SampleCount or a percentile/,
    ],
    [
      '\n  strategy: canary\n  steps: [{ weight: 100 }]\n  metrics:\n    - { kind: error-count, failure: "> 1", query: up }',
      /rollout.metrics\[0\].query: unknown key/,
    ],
    [
      '\n  strategy: blue-green\n  before: { analyse: 1m }\n  metrics: [{ kind: job }]',
      /rollout.metrics\[0\].command: found nothing; allowed|rollout.metrics\[0\].command: is missing/,
    ],
    [
      '\n  strategy: blue-green\n  before: { analyse: 1m }\n  metrics: [{ kind: job, command: [] }]',
      /rollout.metrics\[0\].command: found \[\]; allowed: a command as a list of words/,
    ],
    [
      '\n  strategy: blue-green\n  before: { analyse: 1m }\n  metrics: [{ kind: job, command: [check], within: 2m }]',
      /an analysis of 60 s ends before the job "job" must have ended \(after 125 s\)/,
    ],
    [
      '\n  strategy: blue-green\n  before: { analyse: 1m }\n  metrics: [{ kind: self-check, path: works }]',
      /rollout.metrics\[0\].path: found "works"; allowed: a path such as/,
    ],
  ])('that is wrong is refused with its place:%s', (rollout, expected) => {
    expect(message(rollout)).toMatch(expected);
  });
});

describe('the README', () => {
  it('shows a plan that is one', () => {
    const readme = readFileSync(join(import.meta.dirname, '../../../README.md'), 'utf8');
    const [, example = ''] = /### How a rollout is measured[\s\S]*?```yaml\n([\s\S]*?)```/.exec(readme) ?? [];
    const read = parseServiceFile(`name: orders\n${example}`);
    expect(read).toMatchObject({ kind: 'read', definition: { rollout: { strategy: 'canary' } } });
    const { rollout } = (read as Extract<typeof read, { kind: 'read' }>).definition;
    const stores = { prometheus: true, cloudWatch: true };
    const rules = { default: 'rolling', allowed: ['canary' as const], metrics: [], alarms: [], stores };
    expect(choosePlan(rules, rollout)).toMatchObject({ kind: 'roll-out' });
  });
});

describe('rollout settings', () => {
  const settings = (more: string) => parseSettings(`repositories: [orders]\n${more}`, 'settings.yaml');

  it('say how long the gateway, an idle side and pods are given, within bounds', () => {
    const { environments } = parseSettings(
      'repositories: [a]\nenvironments: { feature: { rollout: { settle: 1s, drain: 2s, deadline: 1m } } }',
      'settings.yaml',
    );
    expect(environments.feature.rollout).toMatchObject({ settle: '1s', drain: '2s', deadline: '1m' });
    expect(settings('').environments.feature.rollout).toMatchObject({ settle: '2s', drain: '30s', deadline: '10m' });
    expect(environments.production.rollout).toMatchObject({ settle: '2s', drain: '30s', deadline: '20m' });
  });

  it.each([
    ['settle: 0s', 'rollout.settle: found "0s"; allowed: a duration from 1s to 10m'],
    ['settle: 2', 'rollout.settle: found 2; allowed: a duration such as 10s'],
    ['drain: 2h', 'rollout.drain: found "2h"; allowed: a duration from 1s to 1h'],
    ['deadline: 10s', 'rollout.deadline: found "10s"; allowed: a duration from 30s to 1d'],
  ])('refuse %s', (key, said) => {
    const text = `repositories: [a]\nenvironments: { production: { rollout: { ${key} } } }`;
    expect(() => parseSettings(text, 'settings.yaml')).toThrow(said);
  });

  it('replace in place where people wait, and switch where others rely on it', () => {
    const { environments } = settings('');
    expect(environments.feature.rollout.default).toBe('rolling');
    expect(environments.integration.rollout.default).toBe('rolling');
    expect(environments['pre-release'].rollout.default).toBe('blue-green');
  });

  it('written as JSON parse to the same again', () => {
    const once = settings(
      'metrics: { prometheus: { url: "http://prometheus:9090" } }\nenvironments: { pre-release: { rollout: { allowed: [rolling, blue-green], default: { strategy: blue-green, preview: true, after: { analyse: 60s } }, metrics: [{ kind: error-count, failure: "> 3" }] } } }',
    );
    expect(parseSettings(JSON.stringify(once), 'settings.json')).toEqual(once);
    expect(rolloutRules(once, 'pre-release').stores).toEqual({ prometheus: true, cloudWatch: false });
  });

  it('let CloudWatch be asked only where they say so', () => {
    expect(rolloutRules(settings(''), 'feature').stores.cloudWatch).toBe(false);
    expect(rolloutRules(settings('metrics: { cloudWatch: true }'), 'feature').stores.cloudWatch).toBe(true);
    expect(() => settings('metrics: { cloudWatch: yes please }')).toThrow(/metrics.cloudWatch.*allowed: true or false/);
  });

  it('refuse a wrong plan with its place', () => {
    expect(() =>
      settings('environments:\n  feature:\n    rollout:\n      default: { strategy: canary, steps: [{ weight: 50 }] }'),
    ).toThrow(/settings.yaml:5:7: environments.feature.rollout.default: the last weight is 50; a plan must end at 100/);
  });

  it('refuse what cannot be measured, with its place', () => {
    const measures =
      'environments:\n  feature:\n    rollout:\n      default: { strategy: blue-green, after: { analyse: 60s } }';
    expect(() => settings(measures)).toThrow(
      /settings.yaml:4:5: environments.feature.rollout: the metric "success-rate" needs Prometheus/,
    );
    expect(() => settings(`metrics: { prometheus: { url: "http://prometheus:9090" } }\n${measures}`)).not.toThrow();
  });

  it('refuse a Prometheus that is no address', () => {
    expect(() => settings('metrics: { prometheus: { url: "prometheus:9090" } }')).toThrow(/http:\/\/ or https:\/\//);
  });
});

describe('a dark plan', () => {
  it.each([
    [
      ' { strategy: blue-green, dark: soon }',
      /found "soon"; allowed: true, false, or a mapping with header and expires/,
    ],
    [
      ' { strategy: blue-green, dark: { expires: 31d } }',
      /found a wait of 2678400 s; allowed: 1 s to 2592000 s \(a month\)/,
    ],
    [' { strategy: blue-green, dark: { expire: 7d } }', /dark/],
    [
      ' { strategy: canary, dark: true, steps: [{ header: { name: x, value: y } }, { weight: 100 }] }',
      /a header step comes after dark.*name it there/,
    ],
  ])('cannot be%s', (rollout, problem) => {
    expect(message(rollout)).toMatch(problem);
  });
});
