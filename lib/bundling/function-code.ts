/**
 * A function's asset: its bundle and the settings it reads, hashed by content. Separate from bundling because the same bundle
 * serves every installation, while the settings beside it are one installation's.
 */
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AssetHashType, DockerImage } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { bundleOf, handlerFolder } from './bundle.ts';
import type { FunctionName } from './functions.ts';

/** File that holds the validated settings, beside the bundle. */
const SETTINGS_FILE = 'settings.json';

/** The code of one function with these settings. `settings` is JSON. */
export function functionCode(name: FunctionName, settings: string): Code {
  return Code.fromAsset(handlerFolder(name), {
    assetHashType: AssetHashType.CUSTOM,
    assetHash: createHash('sha256').update(bundleOf(name)).update('\0').update(settings).digest('hex'),
    bundling: {
      // Never pulled: the local bundling below always answers.
      image: DockerImage.fromRegistry('scratch'),
      local: {
        tryBundle(directory) {
          writeFileSync(join(directory, 'index.js'), bundleOf(name));
          writeFileSync(join(directory, SETTINGS_FILE), settings);
          return true;
        },
      },
    },
  });
}
