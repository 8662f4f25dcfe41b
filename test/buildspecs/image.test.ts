/** What a build does with a repository, phase by phase. */
import { describe, expect, it } from 'vitest';
import { BUILD_PHASES, failedPhase } from '../../lambdas/contracts/build-phases.ts';
import { imageBuildspec } from '../../lib/constructs/buildspec.ts';
import { build, checkBaseImages } from './build-machine.ts';

const DOCKERFILE = 'FROM node:24\nCOPY . .\n';
const TOOLCHAIN = 'FROM node:24\n';

describe('hostile commands of a repository', () => {
  it.each([
    ['settings of git', `git config tar.tar.gz.command 'touch ../executed; gzip -cn'`],
    [
      'a filter of git',
      `git config filter.attack.smudge 'touch ../executed; cat'; echo '* filter=attack' >.git/info/attributes`,
    ],
    ['a folder in place of the archive', 'ln -s .. .espalier-archive'],
  ])('leave nothing behind that the build runs later outside of their container: %s', (_what, attack) => {
    const { succeeded, executed, archive } = build({
      files: { Dockerfile: DOCKERFILE, 'Dockerfile.toolchain': TOOLCHAIN },
      variables: { ESPALIER_OWN_COMMANDS: 'attack' },
      docker: `if [ "$1" = run ]; then ${attack}; fi`,
    });
    expect({ succeeded, executed, archive }).toEqual({
      succeeded: true,
      executed: false,
      archive: ['report.jsonl', 'source.tar.gz'],
    });
  });

  it('are not archived as if they had been pushed', () => {
    const { succeeded, sources } = build({
      files: { Dockerfile: DOCKERFILE, 'Dockerfile.toolchain': TOOLCHAIN },
      variables: { ESPALIER_OWN_COMMANDS: 'attack' },
      docker: `if [ "$1" = run ]; then touch forged; git add forged; git -c user.name=A -c user.email=a@example.com commit -qm Forged; fi`,
    });
    expect({ succeeded, sources }).toEqual({
      succeeded: true,
      sources: ['Dockerfile', 'Dockerfile.toolchain', 'shared.txt'],
    });
  });
});

describe('a build', () => {
  it('makes and pushes the production image, archives source and report, and cleans up', () => {
    const { succeeded, report, docker, archive } = build({ files: { Dockerfile: DOCKERFILE } });
    expect(succeeded).toBe(true);
    expect(report).toEqual([
      'source: passed',
      'merge-check: skipped',
      'toolchain-image: skipped',
      'static-check: skipped',
      'compile: skipped',
      'unit-tests: skipped',
      'benchmark: skipped',
      'own-commands: skipped',
      'production-image: passed',
      'chart: skipped',
      'push: passed',
    ]);
    expect(docker.map(([first, second]) => (first === 'image' ? `${first} ${second ?? ''}` : first))).toEqual([
      'build',
      'login',
      'push',
      'image rm',
    ]);
    // A build beside this one may stand on its layers.
    expect(docker.at(-1)).toContain('--no-prune');
    expect(docker[0]).toContain('Dockerfile');
    expect(archive).toEqual(['report.jsonl', 'source.tar.gz']);
  });

  it('runs the repository’s commands in its toolchain image, in the order of the phases', () => {
    const { succeeded, docker, report } = build({
      files: { Dockerfile: DOCKERFILE, 'Dockerfile.toolchain': TOOLCHAIN },
      variables: {
        ESPALIER_CHECK_COMMANDS: 'npm run lint',
        ESPALIER_COMPILE_COMMANDS: 'npm ci\nnpm run build',
        ESPALIER_TEST_COMMANDS: 'npm test',
        ESPALIER_BENCHMARK_COMMANDS: 'npm run bench',
        ESPALIER_OWN_COMMANDS: 'echo done',
      },
    });
    expect(succeeded).toBe(true);
    const runs = docker.filter(([first]) => first === 'run');
    expect(runs.map((words) => words.at(-1))).toEqual([
      'npm run lint',
      'npm ci\nnpm run build',
      'npm test',
      'npm run bench',
      'echo done',
    ]);
    for (const words of runs)
      expect(words.slice(-4, -1)).toEqual([expect.stringMatching(/^espalier-toolchain:/), 'sh', '-euc']);
    expect(report).toContain('unit-tests: passed');
  });

  it('makes two images from two files', () => {
    const { docker } = build({ files: { Dockerfile: DOCKERFILE, 'Dockerfile.toolchain': TOOLCHAIN } });
    const built = docker.filter(([first]) => first === 'build').map((words) => words[words.indexOf('--file') + 1]);
    expect(built).toEqual(['Dockerfile.toolchain', 'Dockerfile']);
  });

  it('shares no layer with a build beside it, whose clean-up would take it away', () => {
    const { docker } = build({ files: { Dockerfile: DOCKERFILE, 'Dockerfile.toolchain': TOOLCHAIN } });
    const built = docker.filter(([first]) => first === 'build');
    expect(built.map((words) => words.includes('--no-cache'))).toEqual([true, true]);
  });

  it('ends at the first phase that fails, names it, and still archives what was reported', () => {
    const { succeeded, failedAt, report, docker, archive } = build({
      files: { Dockerfile: DOCKERFILE, 'Dockerfile.toolchain': TOOLCHAIN },
      variables: { ESPALIER_TEST_COMMANDS: 'npm test' },
      docker: 'case "$1" in run) exit 1 ;; esac',
    });
    expect(succeeded).toBe(false);
    expect(failedAt).toContain('phase.sh" unit-tests');
    expect(report.at(-1)).toBe('unit-tests: failed');
    expect(docker.map(([first]) => first)).not.toContain('push');
    expect(archive).toContain('report.jsonl');
  });

  it('says what to do when there is no Dockerfile, or commands without tools', () => {
    expect(build({ files: {} }).output).toMatch(/no Dockerfile at the root.*Add one/);
    expect(
      build({ files: { Dockerfile: DOCKERFILE }, variables: { ESPALIER_TEST_COMMANDS: 'npm test' } }).output,
    ).toMatch(/Add a Dockerfile\.toolchain/);
  });

  it('takes the image that an earlier attempt has pushed', () => {
    const again =
      'case "$1" in push) echo "tag invalid: The image tag already exists and cannot be overwritten because the repository is immutable." >&2; exit 1 ;; esac';
    expect(build({ files: { Dockerfile: DOCKERFILE }, docker: again }).succeeded).toBe(true);
    const broken = 'case "$1" in push) echo "connection reset" >&2; exit 1 ;; esac';
    expect(build({ files: { Dockerfile: DOCKERFILE }, docker: broken }).succeeded).toBe(false);
  });
});

describe('phases', () => {
  it('of the buildspec are those that authors are told, in their order', () => {
    const named = [...imageBuildspec().matchAll(/^ +- bash "\$CODEBUILD_SRC_DIR\.espalier\/phase\.sh" ([a-z-]+)/gm)];
    expect(named.map(([, phase]) => phase)).toEqual([...BUILD_PHASES, 'archive', 'clean-up']);
  });

  it('are recognised in what CodeBuild says of a command that failed', () => {
    const said =
      'COMMAND_EXECUTION_ERROR: Error while executing command: bash "$CODEBUILD_SRC_DIR.espalier/phase.sh" compile own-commands. Reason: exit status 1';
    expect(failedPhase(said)).toEqual({ phase: 'compile', reason: 'exit status 1' });
    expect(failedPhase('CLIENT_ERROR: repository not found')).toBeUndefined();
  });
});

describe('the merge check', () => {
  it('passes a commit that merges into its target', () => {
    const { report } = build({
      files: { Dockerfile: DOCKERFILE },
      targetBranch: 'integration',
      target: { 'other.txt': 'two\n' },
    });
    expect(report[1]).toBe('merge-check: passed');
  });

  it('stops a commit that conflicts, naming the file and what to do', () => {
    const { succeeded, output, docker } = build({
      files: { Dockerfile: DOCKERFILE, 'shared.txt': 'mine\n' },
      targetBranch: 'integration',
      target: { 'shared.txt': 'theirs\n' },
    });
    expect(succeeded).toBe(false);
    expect(output).toContain('shared.txt');
    expect(output).toMatch(/Merge integration into your branch, resolve the conflicts, and push again/);
    expect(docker.map(([first]) => first)).not.toContain('build');
  });

  it('has nothing to check while the target does not exist', () => {
    expect(build({ files: { Dockerfile: DOCKERFILE }, targetBranch: 'integration' }).report[1]).toBe(
      'merge-check: skipped',
    );
  });
});

describe('hostile branch names', () => {
  it.each(['a$(touch${IFS}executed)', 'a;touch${IFS}executed', 'a`touch${IFS}executed`', "日本語'<!channel>"])(
    'are never executed: %s',
    (name) => {
      const { executed, succeeded, report } = build({
        files: { Dockerfile: DOCKERFILE },
        branch: `feature/${name}`,
        targetBranch: `integration/${name}`,
        target: { 'other.txt': 'two\n' },
      });
      expect([executed, succeeded, report[1]]).toEqual([false, true, 'merge-check: passed']);
    },
  );
});

describe('base images', () => {
  const refused = (dockerfile: string): string | undefined => {
    const said = checkBaseImages(dockerfile);
    return said === undefined
      ? undefined
      : (/Dockerfile builds on (\S+), which is not on the list of base images/.exec(said)?.[1] ?? said);
  };

  it.each([
    ['another escape, so that a line ends elsewhere', '# escape=`\nFROM node:24\nRUN dir \\\nFROM evil\n'],
    ['a frontend in the other form of comments', '// syntax=evil/frontend\nFROM node:24\n'],
    ['a frontend in JSON', '{"syntax": "evil/frontend"}\nFROM node:24\n'],
    ['a frontend after the name of a program', '#!/usr/bin/env evil\n// syntax=evil/frontend\nFROM node:24\n'],
    ['a mount in quotes', 'FROM node:24\nRUN --mount=type=bind,"from=evil",target=/x true\n'],
    ['a mount in capitals', 'FROM node:24\nRUN --mount=type=bind,From=evil,target=/x true\n'],
    ['an escaped flag', 'FROM node:24\nCOPY --fr\\om=evil /x /x\n'],
    ['what a later stage does', 'FROM node:24 AS a\nONBUILD COPY --from=evil /x /x\nFROM a\n'],
    ['what hides behind an invisible character', '\uFEFF# syntax=evil/frontend\nFROM node:24\n'],
    ['a quoted flag', 'FROM node:24\nCOPY --"from"=evil /x /x\n'],
    ['a second argument on the line of another', 'ARG B=node:24\nARG A=1 B=evil\nFROM $B\n'],
    ['text whose end looks like a line that goes on', "FROM node:24\nRUN <<'E\\'\ntrue\nE\\\nFROM evil\n"],
  ])('does not overlook %s', (_what, dockerfile) => {
    expect(checkBaseImages(dockerfile)).toContain('which is not on the list of base images');
  });

  it.each([
    ['FROM node:24', 'an image on the list'],
    ['FROM scratch', 'nothing at all'],
    ['FROM registry.example.com/base/java:21', 'an image of the platform team'],
    ['ARG BASE=node:24\nFROM ${BASE}', 'the default of a build argument'],
    ['ARG BASE="node:24"\nFROM $BASE AS build', 'a quoted default'],
    [
      'from --platform=linux/amd64 node:24 as build\nFROM build\nCOPY --from=build /a /b\nCOPY --from=0 /a /b',
      'its own stages',
    ],
    ['# FROM evil:1\nFROM node:24\nRUN echo "FROM evil:1"', 'words in comments and commands'],
    ['FROM \\\n  node:24', 'an instruction over two lines'],
  ])('accept %j: %s', (dockerfile) => {
    expect(refused(dockerfile)).toBeUndefined();
  });

  it.each([
    ['FROM evil:1', 'evil:1'],
    ['FROM node:24 AS build\nFROM evil:1', 'evil:1'],
    ['FROM node:24\nCOPY --from=evil:1 /a /b', 'evil:1'],
    ['FROM node:24\nRUN --mount=type=bind,from=evil:1,target=/x true', 'evil:1'],
    ['# syntax=evil/frontend:1\nFROM node:24', 'evil/frontend:1'],
    ['ARG BASE\nFROM ${BASE}', '\\$\\{BASE\\}'],
    ['ARG BASE=evil:1\nFROM ${BASE}', 'evil:1'],
    ['FROM node', 'node'],
    ['FROM node:24 AS evil\nFROM evilest', 'evilest'],
    ['FROM \\\n  evil:1', 'evil:1'],
    ['FROM evil:1\r\n', 'evil:1'],
  ])('refuse %j, naming what it builds on', (dockerfile, image) => {
    expect(refused(dockerfile)).toBe(image);
  });

  it('are checked for the toolchain too, and the message says what is allowed and whom to ask', () => {
    const { output, docker } = build({ files: { Dockerfile: DOCKERFILE, 'Dockerfile.toolchain': 'FROM evil:1' } });
    expect(docker.map(([first]) => first)).not.toContain('build');
    expect(output).toMatch(
      /Dockerfile\.toolchain builds on evil:1.*Allowed are: scratch node:\* registry\.example\.com\/base\/\*/,
    );
    expect(output).toContain('ask the platform team');
  });
});
