/**
 * No role may do what the code of its function cannot call. That none may do less is seen wherever the functions run: the laptop
 * refuses what a role does not allow, as AWS does.
 */
import { describe, expect, it } from 'vitest';
import { synthesized } from '../lib/synthesize.ts';
import { permissionLines } from '../lib/inventory.ts';
import { FUNCTIONS } from '../../lib/bundling/functions.ts';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { WITH_PUBLIC } from '../workflows/machines.ts';
import { importsOf, ROOT } from './imports.ts';

/** Packages of the SDK and the prefix of their actions. */
const SERVICES: Readonly<Record<string, string>> = {
  '@aws-sdk/client-cloudwatch': 'cloudwatch',
  '@aws-sdk/client-codebuild': 'codebuild',
  '@aws-sdk/client-codecommit': 'codecommit',
  '@aws-sdk/lib-dynamodb': 'dynamodb',
  '@aws-sdk/client-ecr': 'ecr',
  '@aws-sdk/client-elastic-load-balancing-v2': 'elasticloadbalancing',
  '@aws-sdk/client-s3': 's3',
  '@aws-sdk/client-secrets-manager': 'secretsmanager',
  '@aws-sdk/client-sfn': 'states',
  '@aws-sdk/client-sns': 'sns',
  '@aws-sdk/client-ssm': 'ssm',
};
/** Names by which the document client calls DynamoDB's actions. */
const DOCUMENTS: Readonly<Record<string, string>> = { Delete: 'DeleteItem', Get: 'GetItem', Put: 'PutItem' };

/** What a function gets for being a function, not for its code: logs, a network interface, the queue of lost events. */
const OF_LAMBDA = /^(logs:(CreateLogStream|PutLogEvents)|ec2:.*|sqs:.*)$/;

/** Every action that the files reached from a handler import a command for. */
function callable(name: string): ReadonlySet<string> {
  const seen = new Set<string>();
  const actions = new Set<string>();
  const follow = (file: string): void => {
    if (seen.has(file)) return;
    seen.add(file);
    for (const found of importsOf(file).filter(({ typeOnly }) => !typeOnly)) {
      if (found.own) follow(found.to);
      const service = SERVICES[found.to];
      if (service === undefined) continue;
      for (const [, command, paginated] of found.names.matchAll(/\b(?:(\w+)Command|paginate(\w+))\b/g)) {
        const action = command ?? paginated ?? '';
        actions.add(`${service}:${service === 'dynamodb' ? (DOCUMENTS[action] ?? action) : action}`);
      }
    }
  };
  follow(`lambdas/handlers/${name}/handler.ts`);
  return actions;
}

/** The actions that the template allows a function's role, without what Lambda itself needs. */
function allowed(name: string): readonly string[] {
  const stacks = synthesized(WITH_PUBLIC);
  const roles = stacks
    .ofType('AWS::Lambda::Function')
    .filter(
      ({ properties }) => String(properties['FunctionName']).replace(/^espalier-|-(branch|lasting)$/g, '') === name,
    )
    .map(({ stack, properties }) => {
      const [id = ''] = (properties['Role'] as { readonly 'Fn::GetAtt': readonly string[] })['Fn::GetAtt'];
      return `${stack} ${id.replace(/[0-9A-F]{8}$/, '')}: `;
    });
  return permissionLines(stacks)
    .filter((line) => roles.some((role) => line.startsWith(role)))
    .flatMap((line) => /allow (\S+)/.exec(line)?.[1] ?? [])
    .filter((action) => !OF_LAMBDA.test(action));
}

describe('the role of a function', () => {
  it.each(FUNCTIONS)('%s allows no call that its code does not have', (name) => {
    const calls = callable(name);
    expect(allowed(name).filter((action) => !calls.has(action))).toEqual([]);
  });

  it('is found for every function that calls AWS', () => {
    const calling = FUNCTIONS.filter((name) => callable(name).size > 0);
    expect(calling.length).toBeGreaterThan(5);
    for (const name of calling) expect([name, allowed(name).length > 0]).toEqual([name, true]);
  });

  it('of functions in the network needs nothing but the table and, for charts, S3: there is no way to other services', () => {
    for (const name of ['environment', 'configuration', 'deploy', 'rollout', 'sweep-cluster', 'foundation']) {
      const reached = name === 'deploy' ? ['dynamodb', 's3'] : ['dynamodb'];
      expect(allowed(name).filter((action) => !reached.includes(action.split(':')[0] ?? ''))).toEqual([]);
    }
  });
});

describe('errors', () => {
  it('that catches and retries name are the ones that functions throw', () => {
    const text = readFileSync(join(ROOT, 'lambdas/domain/errors.ts'), 'utf8');
    for (const name of ['TRANSIENT_ERROR', 'REJECTED_ERROR', 'SUPERSEDED_ERROR'])
      expect(text).toContain(`name = ${name}`);
  });
});
