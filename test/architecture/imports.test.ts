/** The import allow-list: what a part may know of the others, and nothing else. */
import { describe, expect, it } from 'vitest';
import { importsOf, sourcesBelow, type Import } from './imports.ts';

interface Rule {
  readonly part: string;
  readonly files: (file: string) => boolean;
  /** What it may import: paths from the root, packages, or `node:*`. */
  readonly may: readonly RegExp[];
}

const own = (...folders: string[]): RegExp[] => folders.map((folder) => new RegExp(`^${folder}(/|$)`));
const below =
  (...folders: string[]) =>
  (file: string) =>
    folders.some((folder) => file.startsWith(`${folder}/`));
const NODE = /^node:/;
/** Types only, as another test sees to. */
const KUBERNETES_TYPES = /^kubernetes-types$/;
const isHandler = (file: string): boolean => /^lambdas\/handlers\/[^/]+\/handler\.ts$/.test(file);

const RULES: readonly Rule[] = [
  { part: 'contracts import nothing but each other', files: below('lambdas/contracts'), may: own('lambdas/contracts') },
  {
    // The words of contracts (kinds, tiers, labels) are the domain's words too. Names are cut with SHA-256: always the same.
    part: 'domain imports domain, the words of contracts, and a hash',
    files: below('lambdas/domain'),
    may: [...own('lambdas/domain', 'lambdas/contracts'), KUBERNETES_TYPES, /^node:crypto$/],
  },
  {
    part: 'boundary imports domain, contracts and its parsers',
    files: below('lambdas/boundary'),
    may: [
      ...own('lambdas/boundary', 'lambdas/domain', 'lambdas/contracts'),
      /^valibot$/,
      /^yaml$/,
      /^@aws-lambda-powertools\//,
      NODE,
    ],
  },
  {
    part: 'ports import domain and contracts',
    files: below('lambdas/ports'),
    may: own('lambdas/ports', 'lambdas/domain', 'lambdas/contracts'),
  },
  {
    part: 'adapters import ports, domain, contracts and the SDK',
    files: below('lambdas/adapters'),
    may: [
      ...own('lambdas/adapters', 'lambdas/ports', 'lambdas/domain', 'lambdas/contracts'),
      /^@aws-sdk\//,
      /^@smithy\//,
      /^@aws-crypto\//,
      NODE,
    ],
  },
  {
    part: 'use cases import domain, ports and contracts',
    files: (file) => file.startsWith('lambdas/handlers/') && !isHandler(file),
    may: [...own('lambdas/handlers', 'lambdas/domain', 'lambdas/ports', 'lambdas/contracts'), KUBERNETES_TYPES],
  },
  {
    part: 'handler.ts composes: its use cases, adapters, boundary, contracts, and clients of the SDK to hand to adapters',
    files: isHandler,
    may: [
      ...own('lambdas/handlers', 'lambdas/adapters', 'lambdas/boundary', 'lambdas/contracts'),
      /^@aws-sdk\/client-/,
    ],
  },
  {
    part: 'lib imports the CDK, contracts and the settings',
    files: below('lib'),
    may: [
      ...own('lib', 'lambdas/contracts', 'lambdas/boundary/settings'),
      /^aws-cdk-lib$/,
      /^constructs$/,
      /^esbuild$/,
      /^yaml$/,
      NODE,
    ],
  },
  {
    part: 'bin imports lib, the settings and the CDK',
    files: below('bin'),
    may: [
      ...own('bin', 'lib', 'lambdas/boundary/settings', 'cli'),
      /^aws-cdk-lib$/,
      /^cdk-nag$/,
      /^esbuild$/,
      /^asl-validator$/,
      NODE,
    ],
  },
  {
    part: 'the command line imports domain, boundary, ports, adapters and use cases',
    files: below('cli'),
    may: [
      ...own(
        'cli',
        'lambdas/domain',
        'lambdas/boundary',
        'lambdas/ports',
        'lambdas/adapters',
        'lambdas/handlers',
        'lambdas/contracts',
      ),
      /^@aws-sdk\//,
      /^@smithy\//,
      /^yaml$/,
      NODE,
    ],
  },
  {
    part: 'supply imports the stacks and the settings, of which it says which are checked',
    files: below('supply'),
    may: [...own('supply', 'lib', 'lambdas/boundary/settings'), /^aws-cdk-lib$/, NODE],
  },
  {
    part: 'the laptop imports nothing of lib and lambdas',
    files: below('local'),
    may: [
      ...own('local'),
      NODE,
      /^@aws-sdk\//,
      /^(jsonata|dynalite|yaml|@peculiar\/x509|@slack\/types|kubernetes-types|reflect-metadata)$/,
    ],
  },
];

/** Everything that is not a test. */
const SOURCES = ['bin', 'cli', 'lib', 'lambdas', 'local', 'bench', 'tour', 'supply', 'examples'].flatMap((folder) =>
  sourcesBelowIfThere(folder),
);

function sourcesBelowIfThere(folder: string): readonly string[] {
  try {
    return sourcesBelow(folder);
  } catch {
    return [];
  }
}

const describeImport = ({ from, to }: Import): string => `${from} imports ${to}`;

describe('imports', () => {
  it.each(RULES.map((rule) => [rule.part, rule] as const))('%s', (_part, { files, may }) => {
    const imports = SOURCES.filter(files).flatMap(importsOf);
    expect(imports.length).toBeGreaterThan(0);
    expect(imports.filter(({ to }) => !may.some((allowed) => allowed.test(to))).map(describeImport)).toEqual([]);
  });

  it('of kubernetes-types are types only', () => {
    const real = SOURCES.flatMap(importsOf).filter(({ to, typeOnly }) => KUBERNETES_TYPES.test(to) && !typeOnly);
    expect(real.map(describeImport)).toEqual([]);
  });

  it('of the domain reach nothing but a hash at run time, however far one follows them', () => {
    const seen = new Set<string>();
    const reached: Import[] = [];
    const follow = (file: string): void => {
      if (seen.has(file)) return;
      seen.add(file);
      for (const found of importsOf(file).filter(({ typeOnly }) => !typeOnly)) {
        if (found.own) follow(found.to);
        else reached.push(found);
      }
    };
    SOURCES.filter(below('lambdas/domain')).forEach(follow);
    expect(reached.filter(({ names }) => names !== '{ createHash }').map(describeImport)).toEqual([]);
    expect([...seen].filter((file) => !/^lambdas\/(domain|contracts)\//.test(file))).toEqual([]);
  });

  it('of a use case stay with its own stage', () => {
    const foreign = SOURCES.filter((file) => /^lambdas\/handlers\/[^/]+\//.test(file))
      .flatMap(importsOf)
      .filter(({ from, to }) => {
        const stage = /^lambdas\/handlers\/([^/]+)\//;
        const [mine, theirs] = [stage.exec(from)?.[1], stage.exec(to)?.[1]];
        return theirs !== undefined && mine !== theirs;
      });
    expect(foreign.map(describeImport)).toEqual([]);
  });

  it('never reach a test', () => {
    const tests = SOURCES.flatMap(importsOf).filter(({ own: ours, to }) => ours && to.startsWith('test/'));
    expect(tests.map(describeImport)).toEqual([]);
  });
});

describe('folders', () => {
  it('say what is in them: none is called utils, common, helpers or misc', () => {
    const vague = [...SOURCES, ...sourcesBelow('test')].filter((file) =>
      /(^|\/)(utils?|common|helpers?|misc)(\/|\.ts$)/.test(file),
    );
    expect(vague).toEqual([]);
  });
});
