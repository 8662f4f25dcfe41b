/** `render FILE --environment NAME`: what a delivery of this service file puts into the cluster, as YAML. */
import { stringify } from 'yaml';
import { parseServiceFile } from '../../lambdas/boundary/service-file/service-file.ts';
import { parseSettings } from '../../lambdas/boundary/settings/settings.ts';
import { ENVIRONMENT_KINDS, type EnvironmentKind } from '../../lambdas/contracts/kinds.ts';
import { LONGEST_ID } from '../../lambdas/domain/naming/environment-id.ts';
import { renderManifests } from '../../lambdas/domain/manifests/render.ts';
import { volumeRefusal } from '../../lambdas/domain/service/volumes.ts';
import { CommandError, type Command } from '../command.ts';
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
    const { definition } = reading;
    const manifests = renderManifests({ installation, environment, kind, definition, version: { commit, image } });
    world.output.show(
      manifests,
      manifests.map(
        (manifest) => `---\n${stringify(manifest, { lineWidth: 0, aliasDuplicateObjects: false }).trimEnd()}`,
      ),
    );
  },
};

/** Ids of lasting environments are their kinds; every other id belongs to a branch. */
function kindOf(environment: string): EnvironmentKind {
  return ENVIRONMENT_KINDS.find((kind) => kind === environment && kind !== 'feature') ?? 'feature';
}
