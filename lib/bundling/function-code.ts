/**
 * A function's asset: its bundle and the settings it reads, hashed by content. Separate from bundling because the same bundle
 * serves every installation, while the settings beside it are one installation's.
 */
import { copyFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { AssetHashType, DockerImage } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { SETTINGS_ASSET } from '../../lambdas/boundary/settings/load-settings.ts';
import { DELAY_PROGRAM } from '../../lambdas/contracts/experiment.ts';
import { bundleOf, handlerFolder } from './bundle.ts';
import type { FunctionName } from './functions.ts';

/** Programs that a function puts into pods. */
const PROGRAMS: Partial<Record<FunctionName, readonly string[]>> = {
  deploy: [join(import.meta.dirname, '..', '..', 'lambdas', 'programs', 'delay', DELAY_PROGRAM)],
};

/** The code of one function with these settings. `settings` is JSON. */
export function functionCode(name: FunctionName, settings: string): Code {
  return Code.fromAsset(handlerFolder(name), {
    assetHashType: AssetHashType.OUTPUT,
    bundling: {
      // Never pulled: the local bundling below always answers.
      image: DockerImage.fromRegistry('scratch'),
      local: {
        tryBundle(directory) {
          writeFileSync(join(directory, 'index.js'), bundleOf(name));
          writeFileSync(join(directory, SETTINGS_ASSET), settings);
          for (const program of PROGRAMS[name] ?? []) copyFileSync(program, join(directory, basename(program)));
          return true;
        },
      },
    },
  });
}
