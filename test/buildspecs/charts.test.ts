/** What a build makes of a repository's chart: the real Helm, as it comes with the assets, held to its bounds. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseChart } from '../../lambdas/boundary/chart/chart.ts';
import { parseServiceFile } from '../../lambdas/boundary/service-file/service-file.ts';
import { BUILD_VARIABLES } from '../../lambdas/contracts/variables.ts';
import { buildRequest } from '../../lambdas/handlers/build/build-request.ts';
import { zip } from '../../local/aws/codebuild/zip.ts';
import { build, HELM_ARCHIVE, type Build, type BuildOptions } from './build-machine.ts';

const COMMIT = 'a'.repeat(40);
const REGISTRY = 'registry.example.com/espalier-services';
const CHART = join(import.meta.dirname, '..', '..', 'examples', 'inventory', 'chart');
const EXAMPLE = Object.fromEntries(
  readdirSync(CHART, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => {
      const file = join(parentPath, name);
      return [`chart${file.slice(CHART.length)}`, readFileSync(file, 'utf8')];
    }),
);
const TEMPLATE = 'chart/templates/own.yaml';

/**
 * Helm, unpacked once: builds here get a few words that start it instead of its 60 MB, pinned by their own digest. The first test takes
 * the real archive.
 */
const folder = mkdtempSync(join(tmpdir(), 'espalier-helm-'));
let unpacked: Readonly<Record<string, string>> = {};
beforeAll(() => {
  execFileSync('unzip', ['-q', '-j', HELM_ARCHIVE, 'helm/helm', '-d', folder]);
  const words = `#!/bin/sh\nexec ${join(folder, 'helm')} "$@"\n`;
  mkdirSync(join(folder, 'small'));
  writeFileSync(join(folder, 'small', 'helm'), words, { mode: 0o755 });
  const archive = join(folder, 'small.zip');
  writeFileSync(archive, zip(join(folder, 'small'), [{ path: 'helm', name: 'helm/helm' }]));
  const digest = createHash('sha256').update(words).digest('hex');
  unpacked = { HELM_ARCHIVE: archive, ESPALIER_HELM_DIGEST: digest };
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function definitionOf(text: string) {
  const reading = parseServiceFile(text);
  if (reading.kind === 'wrong') throw new Error(reading.message);
  return reading.definition;
}

/** A build of a repository with a chart, with the variables that a delivery sets. */
function render(files: BuildOptions['files'], file = 'name: inventory\nchart: chart\n', phase = 'chart'): Build {
  const definition = definitionOf(file);
  const delivery = {
    environment: 'feature-login',
    kind: 'feature',
    tier: 'branch',
    service: 'inventory',
    repository: 'inventory',
    branch: 'feature/login',
    commit: COMMIT,
    generation: 1,
  } as const;
  const holder = { environment: 'feature-login', service: 'inventory', generation: 1 };
  const item = {
    repository: 'inventory',
    commit: COMMIT,
    version: 1,
    state: 'building',
    holder,
    attempt: 1,
    startedAt: 0,
    wantedBy: [holder],
    definition,
  } as const;
  const { variables } = buildRequest(delivery, item, {
    branches: { feature: [], integration: [], performance: [], 'pre-release': [], production: [] },
    timeoutMinutes: 30,
    imageLimits: { largestImage: 1, largestLayer: 1 },
    imageRepository: REGISTRY,
    cloneUrl: (name) => name,
  });
  const ofChart = variables.filter(({ name }) => name.startsWith(BUILD_VARIABLES.chart));
  return build({
    files,
    ...(phase !== '' && { phase }),
    variables: {
      ...(phase !== '' && unpacked),
      ...Object.fromEntries(ofChart.map(({ name, value }) => [name, value])),
    },
  });
}

const renderedOf = ({ uploads }: Build): string => Object.values(uploads)[0] ?? '';

describe('a build of a repository with a chart', () => {
  it('renders it with what the service file says, uploads it by commit before the image, and keeps it in the archive', () => {
    const rendered = render({ Dockerfile: 'FROM node:24\n', ...EXAMPLE }, 'name: inventory\nchart: chart\n', '');
    expect(rendered.report).toContain('chart: passed');
    expect(Object.keys(rendered.uploads)).toEqual([expect.stringMatching(/^orders\.[0-9a-f]{40}\.yaml$/)]);
    expect(rendered.archive).toContain('chart.yaml');
    const { kind } = parseChart(
      renderedOf(rendered),
      definitionOf('name: inventory'),
      `${REGISTRY}:inventory.${COMMIT}`,
    );
    expect(kind).toBe('read');
  });

  it('takes files of values over those of the chart', () => {
    const rendered = render(
      { ...EXAMPLE, 'deploy/many.yaml': 'replicaCount: 3\n' },
      'name: inventory\nchart: { path: chart, values: [deploy/many.yaml] }\n',
    );
    expect(renderedOf(rendered)).toContain('replicas: 3');
  });

  it.each([
    [
      'that recurses without end',
      '{{- define "x" }}{{ include "x" . }}{{ end }}\na: {{ include "x" . }}\n',
      /Helm cannot render/,
    ],
    [
      'that loops until memory ends',
      '{{- range $i := until 100000000 }}\na{{ $i }}: b\n{{- end }}\n',
      /Helm cannot render/,
    ],
    [
      'that writes without end',
      '{{- range $i := until 40000 }}\na{{ $i }}: {{ repeat 100 "x" }}\n{{- end }}\n',
      /cannot render|renders more than/,
    ],
    ['that writes more than a service needs', 'a: {{ repeat 300000 "x" }}\n', /renders more than 262144 bytes/],
    ['that fails', '{{ fail "not today" }}\n', /not today[^]*Helm cannot render/],
  ])('ends with a template %s', (_what, template, message) => {
    const rendered = render({ ...EXAMPLE, [TEMPLATE]: template });
    expect(rendered.failedAt).toContain('phase.sh" chart');
    expect(rendered.output).toMatch(message);
    expect(rendered.output.length).toBeLessThan(20_000);
    expect([rendered.uploads, rendered.docker.some(([first]) => first === 'push')]).toEqual([{}, false]);
  });

  it('shows a chart nothing of the machine: no variables, no files that a link leads to, no path upwards', () => {
    const looked = render({
      ...EXAMPLE,
      [TEMPLATE]: 'a: {{ .Files.Get "../Dockerfile" | quote }}\nb: {{ getHostByName "localhost" | quote }}\n',
    });
    expect(renderedOf(looked)).toContain('a: ""\nb: ""');
    const variables = render({ ...EXAMPLE, [TEMPLATE]: 'a: {{ env "HOME" }}\n' });
    expect(variables.output).toMatch(/function "env" not defined/);
    const linked = render({ ...EXAMPLE, 'chart/secret.txt': '→ /etc/passwd' });
    expect(linked.output).toMatch(/chart is or holds a symbolic link/);
    const elsewhere = render({ chart: '→ /etc' });
    expect(elsewhere.output).toMatch(/chart is or holds a symbolic link/);
    expect([linked.uploads, elsewhere.uploads]).toEqual([{}, {}]);
  });

  it('says what is missing', () => {
    expect(render({}).output).toMatch(/chart is not in the repository at this commit/);
    expect(render({ 'chart/readme.txt': 'none' }).output).toMatch(/unable to detect chart[^]*Helm cannot render/);
    const depends = {
      ...EXAMPLE,
      'chart/Chart.yaml': `${EXAMPLE['chart/Chart.yaml'] ?? ''}dependencies: [{ name: other, version: 1.0.0, repository: 'https://charts.example' }]\n`,
    };
    expect(render(depends).output).toMatch(/missing in charts\/ directory: other/);
  });

  it('runs no other program than the one that was expected', () => {
    const rendered = build({
      files: EXAMPLE,
      phase: 'chart',
      variables: { ESPALIER_CHART: 'chart', ESPALIER_HELM_DIGEST: '0'.repeat(64) },
    });
    expect(rendered.output).toMatch(/not the one that was expected/);
    expect(rendered.failedAt).toContain('phase.sh" chart');
  });

  it('needs nothing of all this without a chart', () => {
    const { report } = build({ files: { Dockerfile: 'FROM node:24\n' }, variables: { ESPALIER_HELM: '' } });
    expect(report).toContain('chart: skipped');
  });
});
