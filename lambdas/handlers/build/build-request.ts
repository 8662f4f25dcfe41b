/**
 * What CodeBuild is asked for. Separate because this is where names from outside leave us: they travel as values of variables and
 * nowhere else.
 */
import type { BuildRequest, Delivery } from '../../contracts/payloads.ts';
import { BUILD_VARIABLES } from '../../contracts/variables.ts';
import { targetBranch } from '../../domain/branches/classify.ts';
import type { BuildItem } from '../../domain/builds/build-item.ts';
import { CHART_NAMESPACE, chartValues, LARGEST_CHART } from '../../domain/charts/values.ts';
import { imageTag } from '../../domain/naming/image-tag.ts';
import { digestOf } from '../../domain/naming/slug.ts';
import type { BuildRules } from './build-ports.ts';

const NO_COMMANDS = { check: [], compile: [], test: [], benchmark: [], own: [] } as const;

/** The request of one attempt. The same attempt has the same token, so that a lost answer starts no second build. */
export function buildRequest(delivery: Delivery, item: BuildItem, rules: BuildRules): BuildRequest {
  const { repository, branch, commit, kind } = delivery;
  const { definition } = item;
  const build = definition?.build ?? NO_COMMANDS;
  const image = `${rules.imageRepository}:${imageTag(repository, commit)}`;
  const variables = {
    repository,
    branch,
    target: targetBranch(kind, rules.branches) ?? '',
    commit,
    image,
    checkCommands: build.check.join('\n'),
    compileCommands: build.compile.join('\n'),
    testCommands: build.test.join('\n'),
    benchmarkCommands: build.benchmark.join('\n'),
    ownCommands: build.own.join('\n'),
    ...(definition?.chart !== undefined && {
      chart: definition.chart.path,
      chartFiles: definition.chart.values.join(' '),
      chartValues: chartValues(definition, image),
      chartRelease: definition.name,
      chartNamespace: CHART_NAMESPACE,
      chartLargest: String(LARGEST_CHART),
    }),
  } satisfies Partial<Record<keyof typeof BUILD_VARIABLES, string>>;
  return {
    sourceLocation: rules.cloneUrl(repository),
    sourceVersion: commit,
    idempotencyToken: digestOf(`${repository}/${commit}/${String(item.attempt)}`, 64),
    variables: Object.entries(variables)
      .filter(([, value]) => value !== '')
      .map(([key, value]) => ({ name: BUILD_VARIABLES[key as keyof typeof variables], value, type: 'PLAINTEXT' })),
  };
}
