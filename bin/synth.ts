/**
 * `npm run synth`: synthesizes into cdk.out, then holds every state machine to the rules of its language.
 * Separate from the app because `cdk deploy` runs that too, and Step Functions checks definitions itself.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import aslValidator from 'asl-validator';

const ROOT = join(import.meta.dirname, '..');
const OUT = join(ROOT, 'cdk.out');

interface Template {
  readonly Resources: Readonly<
    Record<string, { readonly Type: string; readonly Properties?: Record<string, unknown> }>
  >;
}

/** A definition as text, with something in place of every reference. */
function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  const join = (value as { readonly 'Fn::Join'?: readonly [string, readonly unknown[]] })['Fn::Join'];
  return join === undefined
    ? 'arn:aws:lambda:eu-central-1:000000000000:function:any'
    : join[1].map(textOf).join(join[0]);
}

const begun = Date.now();
rmSync(OUT, { recursive: true, force: true });
const app = spawnSync(process.execPath, [join(ROOT, 'bin', 'espalier.ts')], {
  cwd: ROOT,
  env: { ...process.env, CDK_OUTDIR: OUT },
  stdio: ['ignore', 'inherit', 'pipe'],
  encoding: 'utf8',
});
// A line per bundle says nothing; everything else on this stream does.
const said = app.stderr.replaceAll(/^Bundling asset .*\n/gm, '');
if (said !== '') process.stderr.write(said);
if (app.status !== 0) process.exit(app.status ?? 1);

const templates = readdirSync(OUT).filter((file) => file.endsWith('.template.json'));
const resources = templates.flatMap((file) =>
  Object.values((JSON.parse(readFileSync(join(OUT, file), 'utf8')) as Template).Resources),
);
const machines = resources.filter(({ Type }) => Type === 'AWS::StepFunctions::StateMachine');
let wrong = 0;
for (const { Properties = {} } of machines) {
  const { isValid, errorsText } = aslValidator(JSON.parse(textOf(Properties['DefinitionString'])));
  if (isValid) continue;
  wrong += 1;
  console.error(
    `The state machine ${String(Properties['StateMachineName'])} breaks the rules of its language: ${errorsText()}`,
  );
}
console.log(
  `${String(templates.length)} stacks, ${String(resources.length)} resources, ${String(machines.length)} state machines in cdk.out after ${((Date.now() - begun) / 1000).toFixed(1)} s` +
    (wrong === 0 ? ': nothing to report.' : `: ${String(wrong)} state machines are wrong.`),
);
process.exit(wrong === 0 ? 0 : 1);
