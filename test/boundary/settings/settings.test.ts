/** Settings: a repository name is enough, and every mistake is answered with where, what was found and what is allowed. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadSettings } from '../../../lambdas/boundary/settings/load-settings.ts';
import { branchRules, decisionRule } from '../../../lambdas/boundary/settings/rules.ts';
import { parseSettings } from '../../../lambdas/boundary/settings/settings.ts';

const parse = (text: string) => parseSettings(text, 'settings.yaml');
const problems = (text: string): string => {
  try {
    parse(text);
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('These settings were accepted.');
};

describe('settings', () => {
  it('need nothing but a repository', () => {
    const settings = parse('repositories: [orders]');
    expect(settings.installation).toBe('espalier');
    expect(settings.cluster.create?.version).toMatch(/^1\.\d\d$/);
    expect(branchRules(settings)).toEqual({
      feature: ['feature/*'],
      integration: ['integration'],
      performance: [],
      'pre-release': ['main'],
      production: [],
    });
    expect(settings.environments.feature.wayIn).toEqual({ access: 'internal' });
  });

  it('written down and read again are the same', () => {
    const full = parse(`
installation: shop
repositories: ['shop-*', web]
environments:
  feature:
    branches: ['feature/*', 'fix/*']
    quota: { cpu: 500m, memory: 1Gi, pods: 8 }
    wayIn: { domain: dev.example.com, certificate: 'arn:aws:acm:eu-central-1:1:certificate/x', hostedZone: Z0123456789 }
  integration: { branches: [develop], limits: { cpu: 1, memory: 512Mi } }
builds: { baseImages: ['node:24-*'], timeoutMinutes: 10, computeType: large }
notices: { slack: { workspaceId: T0123ABCD, channelId: C0123ABCD } }
sweep: { everyMinutes: 1, removalsPerRun: 3, headsPerRun: 20 }
`);
    expect(parse(JSON.stringify(full))).toEqual(full);
    expect(full.environments.feature.quota).toEqual({
      cpu: '500m',
      memory: '1Gi',
      pods: 8,
      storage: '5Gi',
      disk: '20Gi',
    });
  });

  it('say the key path, the line and the nearest key for an unknown one', () => {
    expect(problems('repositories: [a]\nenvironments:\n  feature:\n    quota: { cpus: 3 }')).toContain(
      'settings.yaml:4:14: environments.feature.quota.cpus: unknown key; allowed: cpu, memory, pods, storage, disk. Did you mean "cpu"?',
    );
  });

  it.each([
    ['installation: Shop\nrepositories: [a]', 'installation: found "Shop"; allowed: 1 to 12 of'],
    ['installation: a-name-too-long\nrepositories: [a]', 'installation: found "a-name-too-long"; allowed: 1 to 12 of'],
    ['installation: x', 'repositories: is missing'],
    ['repositories: []', 'repositories: found []; allowed: at least one repository name or pattern'],
    ['repositories: [a b]', 'repositories[0]: found "a b"; allowed: a repository name'],
    ['repositories: orders', 'repositories: found "orders"; allowed: a list'],
    [
      'repositories: [a]\nsweep: { everyMinutes: 0 }',
      'sweep.everyMinutes: found 0; allowed: a whole number from 1 to 60',
    ],
    [
      'repositories: [a]\nbuilds: { computeType: hug }',
      'builds.computeType: found "hug"; allowed: small, medium, large, x-large',
    ],
    [
      'repositories: [a]\nenvironments: { feature: { quota: { memory: 1GB } } }',
      'found "1GB"; allowed: an amount of memory',
    ],
    ['repositories: [a]\nenvironments: { integration: { branches: ["int*"] } }', 'at most one exact branch name'],
    ['repositories: [a]\nenvironments: { integration: { branches: [a, b] } }', 'at most one exact branch name'],
    [
      'repositories: [a]\nenvironments: { production: { branches: [main] } }',
      'production is reached by promotion only',
    ],
    [
      'repositories: [a]\nenvironments: { integration: { branches: [main] } }',
      'the same branch feeds two lasting environments',
    ],
    [
      'repositories: [a]\nenvironments: { feature: { wayIn: { domain: x.example.com } } }',
      'wayIn.certificate: a domain is served by HTTPS only',
    ],
    [
      'repositories: [a]\nenvironments: { feature: { wayIn: { hostedZone: Z012345 } } }',
      'wayIn.domain: certificate and hostedZone belong to a domain',
    ],
    [
      'repositories: [a]\nenvironments: { feature: { wayIn: { access: oidc } } }',
      'wayIn.oidc: access "oidc" needs the block oidc',
    ],
    ['repositories: [a]\nenvironments: { feature: { wayIn: { access: publik } } }', 'Did you mean "public"?'],
    ['repositories: [a]\ncluster: { create: {}, existing: {} }', 'cluster.existing.name: is missing'],
    [
      'repositories: [a]\nnotices: { slack: { workspaceId: nope, channelId: C0123 } }',
      'found "nope"; allowed: a Slack workspace id',
    ],
    ['- a', 'found a list; allowed: a mapping'],
    ['just text', 'found "just text"; allowed: a mapping'],
    ['', 'repositories: is missing'],
    ['a: b: c', 'not valid YAML'],
    ['repositories: [a]\nrepositories: [b]', 'not valid YAML'],
    [`repositories: ["${'x'.repeat(70_000)}"]`, 'the file has more than 65536 characters'],
  ])('refuse %j', (text, said) => {
    expect(problems(text)).toContain(said);
  });

  it('refuse both a cluster to create and an existing one', () => {
    const existing = `{ name: c, vpc: vpc-1a, subnets: [subnet-1a], securityGroup: sg-1a, endpoint: 'https://k.example', authority: '${'A'.repeat(24)}' }`;
    expect(problems(`repositories: [a]\ncluster: { create: {}, existing: ${existing} }`)).toContain('not both');
    expect(parse(`repositories: [a]\ncluster: { existing: ${existing} }`).cluster.existing?.autoMode).toBe(false);
  });

  it('name every problem at once', () => {
    const said = problems(
      'installation: X\nrepositories: [a]\nsweep: { everyMinutes: 99 }\nbuilds: { timeoutMinutes: 1 }',
    );
    expect(said.split('\n')).toHaveLength(4);
  });

  it('quote what was found so that nothing in it can act', () => {
    expect(problems('installation: "\\e[31m\\u202e"\nrepositories: [a]')).not.toContain('\u001b');
  });
});

describe('a function', () => {
  it('reads the settings that lie beside its code, once', () => {
    const directory = mkdtempSync(join(tmpdir(), 'espalier-settings-'));
    const settings = parse('repositories: [orders]');
    writeFileSync(join(directory, 'settings.json'), JSON.stringify(settings));
    expect(loadSettings(directory)).toEqual(settings);
    rmSync(directory, { recursive: true });
    expect(loadSettings(directory)).toEqual(settings);
  });
});

describe('who may decide what', () => {
  const LEADS = 'approvals: { groups: { leads: ["arn:aws:iam::123456789012:role/Leads"] } }';
  const kind = (rules: string): string =>
    `repositories: [orders]\n${LEADS}\nenvironments:\n  production:\n    approvals: ${rules}\n`;
  it('is everybody and anything when nothing is written', () => {
    const settings = parse('repositories: [orders]');
    expect(decisionRule(settings, 'production', 'approve')).toEqual({ approvals: 1, notByAuthor: false });
  });

  it('is a group, a number and a rule about authors per environment kind', () => {
    const settings = parseSettings(
      kind('{ approve: { group: leads, approvals: 2, notByAuthor: true }, release: leads }'),
      'settings.yaml',
    );
    const group = { name: 'leads', members: ['arn:aws:iam::123456789012:role/Leads'] };
    expect(decisionRule(settings, 'production', 'promote')).toEqual({ group, approvals: 2, notByAuthor: true });
    expect(decisionRule(settings, 'production', 'release')).toEqual({ group, approvals: 1, notByAuthor: false });
    expect(decisionRule(settings, 'pre-release', 'approve').group).toBeUndefined();
    // As functions read them: what was parsed parses to the same again.
    expect(parseSettings(JSON.stringify(settings), 'settings.json')).toEqual(settings);
  });

  it.each([
    [
      'a group that is not there',
      '{ approve: lead }',
      /:\d+:\d+: environments\.production\.approvals\.approve: found the group "lead"; allowed: leads\. Did you mean "leads"/,
    ],
    ['a decision that is not there', '{ aprove: leads }', /aprove: unknown key; allowed: .*Did you mean "approve"/],
    ['too many people', '{ approve: { approvals: 11 } }', /approvals: found 11; allowed: a whole number from 1 to 10/],
    ['several people to stop', '{ abort: { approvals: 2 } }', /"abort" stops or goes back/],
    ['the author kept from rejecting', '{ reject: { notByAuthor: true } }', /"reject" stops or goes back/],
    ['a list', '[leads]', /found a list|found \["leads"\]/],
  ])('refuses %s', (_what, rules, message) => {
    expect(problems(kind(rules))).toMatch(message);
  });

  it.each(['ann', 'arn:aws:iam::123:role/x', 'arn:aws:s3:::bucket', '', 'arn:aws:iam::123456789012:role/a b'])(
    'refuses %s as a member of a group',
    (member) => {
      const text = `repositories: [orders]\napprovals: { groups: { leads: [${JSON.stringify(member)}] } }`;
      expect(problems(text)).toMatch(/approvals\.groups\.leads.*allowed: an ARN or a pattern of one/);
    },
  );
});
