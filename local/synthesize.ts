/**
 * Synthesizes the app into the state directory, in a process of its own: what `cdk synth` does, and all that the laptop knows of
 * the stacks. Separate because it is the only place where local/ meets the app.
 */
import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** What the app is told of the laptop; it decides what that means. */
export interface LaptopContext {
  readonly gatewayAddress: string;
  readonly gateway?: { readonly namespace: string; readonly name: string };
  readonly cluster?: Readonly<Record<string, unknown>>;
  /** An image with Node.js that the cluster has. */
  readonly nodeImage?: string;
}

/** Runs the app; answers the folder of the cloud assembly. Throws with what the app said when it fails. */
export async function synthesize(options: {
  readonly directory: string;
  readonly account: string;
  readonly region: string;
  readonly context: LaptopContext;
  readonly settings?: string | undefined;
}): Promise<string> {
  const { directory, account, region, context, settings } = options;
  const folder = join(directory, 'cdk.out');
  rmSync(folder, { recursive: true, force: true });
  const laptop = { ...context, ...(settings !== undefined && { settings: resolve(settings) }) };
  const root = join(import.meta.dirname, '..');
  const app = spawn(process.execPath, [join(root, 'bin', 'espalier.ts')], {
    cwd: root,
    env: {
      ...process.env,
      CDK_OUTDIR: folder,
      CDK_CONTEXT_JSON: JSON.stringify({ 'espalier:laptop': laptop, 'aws:cdk:version-reporting': false }),
      CDK_DEFAULT_ACCOUNT: account,
      CDK_DEFAULT_REGION: region,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [app.stdout, app.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const code = await new Promise<number | null>((settle, fail) => {
    app.once('error', fail);
    app.once('close', settle);
  });
  if (code !== 0) throw new Error(`The app does not synthesize (bin/espalier.ts ended with ${code}):\n${said.trim()}`);
  return folder;
}
