/** `render FILE --environment NAME`: what a delivery of this service file puts into the cluster, as YAML. */
import { stringify } from 'yaml';
import { parseChart } from '../../lambdas/boundary/chart/chart.ts';
import { parseServiceFile } from '../../lambdas/boundary/service-file/service-file.ts';
import { parseSettings } from '../../lambdas/boundary/settings/settings.ts';
import { ENVIRONMENT_KINDS, type EnvironmentKind } from '../../lambdas/contracts/kinds.ts';
import type { ServiceChart } from '../../lambdas/domain/charts/objects.ts';
import { CHART_NAMESPACE, chartValues } from '../../lambdas/domain/charts/values.ts';
import { LONGEST_ID } from '../../lambdas/domain/naming/environment-id.ts';
import { shellWord } from '../../lambdas/domain/naming/shell-word.ts';
import { renderManifests } from '../../lambdas/domain/manifests/render.ts';
import type { ServiceDefinition } from '../../lambdas/domain/service/definition.ts';
import { volumeRefusal } from '../../lambdas/domain/service/volumes.ts';
import { CommandError, type Command, type World } from '../command.ts';
import { readServiceFile } from '../read-service-file.ts';
import { printable } from '../terminal.ts';

/** Stands for the image that a build would make. */
const NO_IMAGE = `image.example/not-built-yet@sha256:${'0'.repeat(64)}`;
const NO_COMMIT = '0'.repeat(40);

export const render: Command = {
  name: 'render',
  words: ['FILE'],
  switches: {},
  options: {
    environment: { value: 'NAME', meaning: 'the environment, such as feature-login or integration', needed: true },
    image: { value: 'IMAGE', meaning: 'the image by digest (default: one that stands for it)' },
    chart: { value: 'RENDERED', meaning: "what the repository's chart renders, when it has one" },
    commit: { value: 'COMMIT', meaning: 'the commit, 40 hexadecimal digits (default: zeros)' },
  },
  summary: 'print what a delivery applies: | kubectl apply --server-side --dry-run=server -f -',
  async run(world, [file = ''], _switches, options = {}) {
    const { environment = '', image = NO_IMAGE, commit = NO_COMMIT } = options;
    if (environment.length > LONGEST_ID || !/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(environment)) {
      throw new CommandError(
        `${printable(environment)} is no id of an environment; allowed: at most ${String(LONGEST_ID)} of a-z, 0-9 and "-". \`npx espalier name BRANCH\` says the id of a branch.`,
        2,
      );
    }
    if (!/^[0-9a-f]{40}$/.test(commit)) {
      throw new CommandError(`${printable(commit)} is no commit; allowed: 40 hexadecimal digits.`, 2);
    }
    const reading = parseServiceFile(await readServiceFile(world, file), printable(file));
    if (reading.kind === 'wrong') throw new CommandError(reading.message);
    const kind = kindOf(environment);
    const refusal = volumeRefusal(reading.definition, kind);
    if (refusal !== undefined) throw new CommandError(refusal);
    const installation = (await world.settings()) ?? parseSettings('repositories: ["*"]', 'the default settings');
    const { definition, chart } = await withChart(world, reading.definition, options['chart']);
    const version = { commit, image, ...(chart !== undefined && { chart }) };
    const manifests = renderManifests({ installation, environment, kind, definition, version });
    world.output.show(
      manifests,
      manifests.map(
        (manifest) => `---\n${stringify(manifest, { lineWidth: 0, aliasDuplicateObjects: false }).trimEnd()}`,
      ),
    );
  },
};

/** The image that a chart is rendered with here: its digest is put in afterwards, as in a delivery. */
const CHART_IMAGE = 'image.example/not-built-yet:not-built-yet';

/** The definition with what its chart rendered; Helm is the author's own. */
async function withChart(
  world: World,
  definition: ServiceDefinition,
  file: string | undefined,
): Promise<{ readonly definition: ServiceDefinition; readonly chart?: ServiceChart }> {
  const { chart, name } = definition;
  if (chart === undefined) {
    if (file === undefined) return { definition };
    throw new CommandError(
      '--chart: the service file names no chart. Add the key `chart`, or leave the option out.',
      2,
    );
  }
  if (file === undefined) {
    const files = chart.values.map((path) => ` --values ${path}`).join('');
    throw new CommandError(
      `The workload comes from the chart ${chart.path}. Render it in the repository and say --chart rendered.yaml:\n` +
        `  echo ${shellWord(chartValues(definition, CHART_IMAGE))} | helm template ${name} ${chart.path} --namespace ${CHART_NAMESPACE} --include-crds --skip-tests --values -${files} > rendered.yaml`,
    );
  }
  const text = await world.text(file);
  if (text === undefined) throw new CommandError(`There is no file ${printable(file)}.`);
  const reading = parseChart(text, definition, CHART_IMAGE);
  if (reading.kind === 'wrong') throw new CommandError(`The chart cannot be used.\n${reading.message}`);
  return reading;
}

/** Ids of lasting environments are their kinds; every other id belongs to a branch. */
function kindOf(environment: string): EnvironmentKind {
  return ENVIRONMENT_KINDS.find((kind) => kind === environment && kind !== 'feature') ?? 'feature';
}
