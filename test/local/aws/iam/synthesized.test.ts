/**
 * The permissions of the synthesized roles, on the laptop: each statement lets through what it says, and without it the same call is
 * denied with exactly that statement. And each is asked about: by a call, or when the resource is made.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openAws } from '../../../../local/aws/aws.ts';
import { rightsOfFunction, rightsOfMachine } from '../../../../local/aws/iam/creation-rights.ts';
import { Policies } from '../../../../local/aws/iam/policies.ts';
import { requiredActions } from '../../../../local/aws/iam/required-actions.ts';
import { permissionLines } from '../../../lib/inventory.ts';
import { EXISTING_CLUSTER, PLAIN, synthesized } from '../../../lib/synthesize.ts';

const account = { id: '000000000000', region: 'eu-central-1' };

interface Permission {
  readonly role: string;
  readonly action: string;
  readonly resource: string;
}

/** Allow statements without a condition, one action and one resource each. */
function permissionsOf(settings: string): readonly Permission[] {
  return permissionLines(synthesized(settings)).flatMap((line) => {
    const [, role = '', action = '', resource = ''] = /^\S+ (\w+): allow (\S+) on (\S+)$/.exec(line) ?? [];
    // What CloudFormation fills in is a name like any other here.
    return role === '' ? [] : [{ role, action, resource: resource.replaceAll(/\$\{([^}]+)\}/g, '<$1>') }];
  });
}
const permissions = [...permissionsOf(PLAIN), ...permissionsOf(PLAIN + EXISTING_CLUSTER)];

/** The decision about one call of a role that has all of its permissions but the first. */
function decide(all: readonly Permission[], { role, action, resource }: Permission) {
  const policies = new Policies(account);
  policies.role(role, { Statement: [] });
  all.forEach((one, index) =>
    policies.attach(role, `p${index}`, {
      Statement: [{ Effect: 'Allow', Action: one.action, Resource: one.resource }],
    }),
  );
  // Stars are places where any text may stand.
  const question = { action: action.replaceAll('*', 'Any'), resource: resource.replaceAll('*', 'any') };
  return { question, decision: policies.authorize({ role, arn: role }, question) };
}

const matches = (pattern: string, text: string): boolean =>
  new RegExp(`^${pattern.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`).replaceAll('*', '.*')}$`).test(text);

describe('a synthesized statement', () => {
  test('there are many, of many roles', () => {
    expect(permissions.length).toBeGreaterThan(200);
    expect(new Set(permissions.map(({ role }) => role)).size).toBeGreaterThan(20);
  });

  test('lets through what it says, and without it the call is denied with what is missing', () => {
    const unique = new Map(permissions.map((one) => [JSON.stringify(one), one]));
    for (const one of unique.values()) {
      const own = [...unique.values()].filter(({ role }) => role === one.role);
      expect(decide(own, one).decision, JSON.stringify(one)).toEqual({ allowed: true });
      const { question, decision } = decide(
        own.filter((other) => other !== one),
        one,
      );
      const covered = own.some(
        (other) =>
          other !== one && matches(other.action, question.action) && matches(other.resource, question.resource),
      );
      expect(decision, JSON.stringify(one)).toEqual(
        covered
          ? { allowed: true }
          : {
              allowed: false,
              missing: `The role ${one.role} would need a statement that allows ${question.action} on ${question.resource}.`,
            },
      );
    }
  });

  test('is asked about by a call or when the resource is made, or it is about what a laptop has not got', async () => {
    const stateDirectory = mkdtempSync(join(tmpdir(), 'laptop-'));
    const ignore = (): void => undefined;
    const aws = await openAws({ stateDirectory, port: 0, log: ignore, notice: ignore });
    const services = aws.services().filter(({ name }) => name !== 'cloudformation');
    // The Step Functions API is there as soon as machines are.
    const states =
      'StartExecution StopExecution DescribeExecution SendTaskSuccess SendTaskFailure ListExecutions GetExecutionHistory';
    const calls = [
      // Stacks are looked at by people only.
      ...services.flatMap(({ name, actions }) => Object.keys(actions).map((action) => [name, action] as const)),
      ...states.split(' ').map((action) => ['states', action] as const),
    ];
    const asked = new Set([
      ...calls.flatMap(([service, action]) =>
        requiredActions(account, service, action, {
          RequestItems: { t: {} },
          ids: ['a:b'],
          repositoryNames: ['r'],
          Name: 'n',
        }).map((question) => question.action),
      ),
      ...rightsOfFunction(true, []).map(({ action }) => action),
      ...rightsOfMachine('arn:aws:states:::codebuild:startBuild.sync', true, String).map(({ action }) => action),
    ]);
    await aws.stop();
    rmSync(stateDirectory, { recursive: true, force: true });
    const left = new Set(permissions.map(({ action }) => action).filter((action) => !asked.has(action)));
    // Clones of builds and pushes of images ask at doors of their own, which codebuild.test.ts looks at.
    const doors = ['codecommit:GitPull'];
    const pushes = ['BatchCheckLayerAvailability', 'InitiateLayerUpload', 'UploadLayerPart', 'CompleteLayerUpload'];
    for (const action of [...doors, ...pushes.map((push) => `ecr:${push}`)]) expect(left.delete(action)).toBe(true);
    // Logs are files of this machine, and there are no traces.
    const absent = /^(logs:(CreateLogStream|DescribeLogStreams|PutLogEvents)|xray:\w+)$/;
    expect([...left].filter((action) => !absent.test(action))).toEqual([]);
  });
});
