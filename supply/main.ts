/**
 * `npm run supply`: the stacks of settings of every kind, held to what others check templates by: cfn-lint, checkov and parliament.
 * Every finding is mended, or answered with a reason beside its resource (lib/constructs/answers.ts). Separate from `npm run check`
 * because it needs Python and a package index; `.ci/run` runs both.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { assemble } from './assemble.ts';
import { installCheckers, runChecker } from './checkers.ts';
import { checkovFindings, judge, lintFindings, policyFindings, type Finding } from './findings.ts';
import { policiesOf } from './policies.ts';
import { answersIn, readTemplate, unanswered, type Template } from './templates.ts';
import { VARIANTS } from './variants.ts';

const begun = Date.now();
const say = (line: string): void => console.log(line);
const seconds = (): string => `${((Date.now() - begun) / 1000).toFixed(0)} s`;

/** A stack of a variant, in one word: `2/Delivery`. */
const nameOf = (variant: number, stack: string): string => `${String(variant)}/${stack}`;
const stackOf = (file: string): string => `${basename(dirname(file))}/${basename(file).replace('.template.json', '')}`;

interface Synthesized {
  readonly templates: readonly Template[];
  /** Those of which no variant before has the like: only they are checked. */
  readonly fresh: readonly Template[];
  /** Folder of the templates without their answers, and of those as they are deployed. */
  readonly bare: string;
  readonly deployed: string;
}

/** Synthesizes every variant below a folder. */
function synthesizeAll(folder: string): readonly Synthesized[] {
  const seen = new Set<string>();
  return Object.values(VARIANTS).map((settings, variant) => {
    const bare = join(folder, 'bare', String(variant));
    const deployed = join(folder, 'deployed', String(variant));
    mkdirSync(bare, { recursive: true });
    const { stacks } = assemble(settings, deployed);
    const templates = stacks.map(({ templateFullPath }) => readTemplate(templateFullPath));
    const fresh = templates.filter((template) => {
      const text = JSON.stringify(unanswered(template), null, 1);
      writeFileSync(join(bare, `${template.stack}.template.json`), text);
      // The settings lie beside the code, so that its hash differs in every variant.
      const key = `${template.stack} ${text.replaceAll(/[0-9a-f]{64}/g, '')}`;
      return !seen.has(key) && seen.add(key);
    });
    return { templates, fresh, bare, deployed };
  });
}

const filesOf = (of: 'bare' | 'deployed', all: readonly Synthesized[]): string[] =>
  all.flatMap((each) => each.fresh.map(({ stack }) => join(each[of], `${stack}.template.json`)));

/** What checkers find in templates by their own rules about answers. */
async function check(bin: string, files: readonly string[]): Promise<readonly Finding[]> {
  const checkov = ['--framework', 'cloudformation', '--skip-download', '--compact', '--quiet', '--output', 'json'];
  const [lint, policy] = await Promise.all([
    runChecker(join(bin, 'cfn-lint'), ['--format', 'json', ...files]),
    runChecker(join(bin, 'checkov'), [...checkov, ...files.flatMap((file) => ['--file', file])]),
  ]);
  return [...lintFindings(lint, stackOf), ...checkovFindings(policy, stackOf)];
}

async function checkPolicies(bin: string, all: readonly Synthesized[]): Promise<readonly Finding[]> {
  const policies = all.flatMap(({ templates, fresh }, variant) =>
    policiesOf(templates)
      .filter(({ stack }) => fresh.some((template) => template.stack === stack))
      .map(({ stack, resource, document, trust }) => ({
        at: [nameOf(variant, stack), resource],
        document,
        trust,
      })),
  );
  const script = join(import.meta.dirname, 'check-policies.py');
  return policyFindings(await runChecker(join(bin, 'python'), [script], JSON.stringify(policies)));
}

/** The place of a finding in words: which settings, which stack, which resource. */
function placeOf(stack: string, resource: string): string {
  const [variant = '0', name = ''] = stack.split('/');
  return `${name} ${resource} (${Object.keys(VARIANTS)[Number(variant)] ?? variant})`;
}

/** Says each line once, however many variants it holds for. */
function list(title: string, lines: readonly { readonly what: string; readonly place: string }[]): void {
  if (lines.length === 0) return;
  say(`\n${title}`);
  for (const [what, same] of Map.groupBy(lines, (line) => line.what)) {
    const [first, ...more] = same;
    say(`  ${what}\n    ${first?.place ?? ''}${more.length === 0 ? '' : ` and ${String(more.length)} more`}`);
  }
}

async function main(): Promise<number> {
  const bin = installCheckers(say);
  const folder = mkdtempSync(join(tmpdir(), 'espalier-supply-'));
  try {
    const all = synthesizeAll(folder);
    say(`Synthesized settings of ${String(all.length)} kinds after ${seconds()}; checking …`);
    const found = [...(await check(bin, filesOf('bare', all))), ...(await checkPolicies(bin, all))];
    const answers = all.flatMap(({ fresh }, variant) =>
      fresh.flatMap((template) =>
        answersIn(template).map((each) => ({ ...each, stack: nameOf(variant, template.stack) })),
      ),
    );
    const { open, hollow, stale, answered } = judge(found, answers);
    // As whoever runs the checkers sees the templates: nothing is found, because cfn-lint and checkov read the answers.
    const deployed = await check(bin, filesOf('deployed', all.slice(0, 1)));

    list(
      'Found, and neither mended nor answered (lib/constructs/answers.ts says how):',
      open.map(({ checker, rule, message, stack, resource }) => ({
        what: `${checker} ${rule}: ${message}`,
        place: placeOf(stack, resource),
      })),
    );
    list(
      'Answered without a reason:',
      hollow.map(({ checker, rule, stack, resource }) => ({
        what: `${checker} ${rule}`,
        place: placeOf(stack, resource),
      })),
    );
    list(
      'Answered, but not found any more; take the answer out:',
      stale.map(({ checker, rule, stack, resource }) => ({
        what: `${checker} ${rule}`,
        place: placeOf(stack, resource),
      })),
    );
    list(
      'Found in spite of its answer, when the checker is run by itself:',
      deployed.map(({ checker, rule, stack, resource }) => ({
        what: `${checker} ${rule}`,
        place: placeOf(stack, resource),
      })),
    );
    const wrong = open.length + hollow.length + stale.length + deployed.length;
    const templates = all.flatMap((each) => each.fresh);
    const resources = templates.flatMap((template) => Object.keys(template.resources)).length;
    say(
      `\n${String(templates.length)} different templates of settings of ${String(all.length)} kinds, ${String(resources)} resources: ${String(answered)} findings are answered, ` +
        `${wrong === 0 ? 'nothing to report' : `${String(wrong)} things to mend`}, after ${seconds()}.`,
    );
    return wrong === 0 ? 0 : 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
