import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  BatchGetBuildsCommand,
  type Build,
  CodeBuildClient,
  StartBuildCommand,
  StopBuildCommand,
} from '@aws-sdk/client-codebuild';
import { DescribeImagesCommand, ECRClient } from '@aws-sdk/client-ecr';
import { GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { buildTools } from '../../../local/aws/aws.ts';
import { eventsToQueue, eventually, type Laptop, role, withLaptop } from './laptop.ts';

/** A project whose buildspec has these phases, with a role that may pull, push and archive, or not all of it. */
function project(BuildSpec: string, without?: string) {
  const pushing = [
    'BatchCheckLayerAvailability',
    'InitiateLayerUpload',
    'UploadLayerPart',
    'CompleteLayerUpload',
    'PutImage',
  ];
  const statements: Parameters<typeof role>[1][] = [
    ['codecommit:GitPull', 'arn:aws:codecommit:eu-central-1:000000000000:*'],
    ['s3:PutObject', { 'Fn::Sub': '${Archive.Arn}/*' }],
    ['ecr:GetAuthorizationToken', '*'],
    [pushing.map((action) => `ecr:${action}`), { 'Fn::GetAtt': ['Images', 'Arn'] }],
  ];
  return {
    Resources: {
      Images: {
        Type: 'AWS::ECR::Repository',
        Properties: { RepositoryName: 'images', ImageTagMutability: 'IMMUTABLE' },
      },
      Archive: { Type: 'AWS::S3::Bucket', Properties: { BucketName: 'archive' } },
      Role: role('codebuild', ...statements.filter(([actions]) => actions !== without)),
      Project: {
        Type: 'AWS::CodeBuild::Project',
        Properties: {
          Name: 'image',
          ServiceRole: { 'Fn::GetAtt': ['Role', 'Arn'] },
          Source: { Type: 'NO_SOURCE', BuildSpec },
          Artifacts: {
            Type: 'S3',
            Location: { Ref: 'Archive' },
            NamespaceType: 'BUILD_ID',
            Name: 'archive',
            Packaging: 'NONE',
          },
          Environment: {
            Type: 'LINUX_CONTAINER',
            Image: 'standard',
            ComputeType: 'BUILD_GENERAL1_SMALL',
            EnvironmentVariables: [{ Name: 'COLOUR', Value: 'blue' }],
          },
        },
      },
      ...eventsToQueue({ source: ['aws.codebuild'], 'detail-type': ['CodeBuild Build State Change'] }),
    },
  };
}

async function start({ client }: Laptop, more: object = {}): Promise<string> {
  const { build } = await new CodeBuildClient(client).send(
    new StartBuildCommand({
      projectName: 'image',
      sourceTypeOverride: 'CODECOMMIT',
      sourceLocationOverride: 'https://git-codecommit.eu-central-1.amazonaws.com/v1/repos/orders',
      ...more,
    }),
  );
  return build?.id ?? '';
}

async function ended({ client }: Laptop, id: string): Promise<Build> {
  const codebuild = new CodeBuildClient(client);
  return eventually(async () => {
    const { builds } = await codebuild.send(new BatchGetBuildsCommand({ ids: [id] }));
    return builds?.[0]?.buildComplete === true ? builds[0] : undefined;
  }, 'the end of the build');
}

const logOf = ({ state }: Laptop, id: string) =>
  readFileSync(join(state, 'logs', `codebuild-${id.replace(':', '-')}.log`), 'utf8');

describe('CodeBuild on the laptop', () => {
  it('runs the phases like one shell, with the variables of project and call, and archives', async () => {
    const spec = [
      'version: 0.2',
      'env: { variables: { COLOUR: red, SIZE: small }, exported-variables: [MADE] }',
      'phases:',
      '  install: { commands: ["mkdir out && cd out", "export MADE=\\"$COLOUR $SIZE $BRANCH\\""] }',
      '  build: { commands: ["printf %s \\"$MADE\\" > made.txt", "git -C .. rev-parse HEAD > head.txt"], finally: ["echo last of build"] }',
      'artifacts: { base-directory: ../out, files: ["**/*"] }',
    ].join('\n');
    await withLaptop(project(spec), async (laptop) => {
      const folder = await laptop.repository('orders', { 'a.txt': 'a' });
      const head = (await laptop.git(folder, 'rev-parse', 'HEAD')).trim();
      const name = '$(touch /tmp/executed); "`id`';
      const id = await start(laptop, {
        sourceVersion: head,
        environmentVariablesOverride: [{ name: 'BRANCH', value: name, type: 'PLAINTEXT' }],
      });
      const build = await ended(laptop, id);
      expect([build.buildStatus, logOf(laptop, id)]).toEqual(['SUCCEEDED', expect.any(String)]);
      expect(build.phases?.map(({ phaseType }) => phaseType)).toEqual([
        'SUBMITTED',
        'QUEUED',
        'PROVISIONING',
        'DOWNLOAD_SOURCE',
        'INSTALL',
        'PRE_BUILD',
        'BUILD',
        'POST_BUILD',
        'UPLOAD_ARTIFACTS',
        'FINALIZING',
        'COMPLETED',
      ]);
      expect(build.exportedEnvironmentVariables).toEqual([{ name: 'MADE', value: `blue small ${name}` }]);
      const s3 = new S3Client(laptop.client);
      const { Contents } = await s3.send(new ListObjectsV2Command({ Bucket: 'archive' }));
      const stream = id.split(':')[1];
      expect(Contents?.map(({ Key }) => Key)).toEqual([`${stream}/archive/head.txt`, `${stream}/archive/made.txt`]);
      const object = await s3.send(new GetObjectCommand({ Bucket: 'archive', Key: `${stream}/archive/made.txt` }));
      expect(await object.Body?.transformToString()).toBe(`blue small ${name}`);
      const message = await eventually(async () => {
        const output = (await laptop.aws.call('sqs', 'ReceiveMessage', { QueueUrl: 'events' }, { arn: 'x' })) as {
          Messages?: { Body: string }[];
        };
        const event = JSON.parse(output.Messages?.[0]?.Body ?? '{}') as { detail?: Record<string, string> };
        return event.detail?.['build-status'] === 'SUCCEEDED' ? event : undefined;
      }, 'the event');
      expect(message.detail).toMatchObject({
        'project-name': 'image',
        'build-id': build.arn,
        'current-phase': 'COMPLETED',
      });
    });
  });

  it.each([
    ['codecommit:GitPull', 'on arn:aws:codecommit:eu-central-1:000000000000:orders'],
    ['s3:PutObject', 'on arn:aws:s3:::archive/'],
  ])('fails without %s of its role, and says the statement that is missing', async (action, where) => {
    const spec = '{"version":"0.2","phases":{"build":{"commands":["echo x > a.txt"]}},"artifacts":{"files":["a.txt"]}}';
    await withLaptop(project(spec, action), async (laptop) => {
      await laptop.repository('orders', { 'b.txt': 'b' });
      const id = await start(laptop, { sourceVersion: 'refs/heads/main' });
      expect((await ended(laptop, id)).buildStatus).toBe('FAILED');
      expect(logOf(laptop, id)).toContain(`would need a statement that allows ${action} ${where}`);
    });
  });

  it('says which command failed, goes on to post_build only from build, and tells it the result', async () => {
    const spec = (phase: string) =>
      `{"version":"0.2","phases":{"${phase}":{"commands":["exit 3","echo never"]},"post_build":{"commands":["echo succeeding=$CODEBUILD_BUILD_SUCCEEDING"]}}}`;
    for (const [phase, post] of [
      ['build', true],
      ['pre_build', false],
    ] as const)
      await withLaptop(project(spec(phase)), async (laptop) => {
        await laptop.repository('orders', { 'a.txt': 'a' });
        const id = await start(laptop);
        const build = await ended(laptop, id);
        expect(build.buildStatus).toBe('FAILED');
        const failed = build.phases?.find(({ phaseStatus }) => phaseStatus === 'FAILED');
        expect(failed).toMatchObject({
          phaseType: phase.toUpperCase(),
          contexts: [
            {
              statusCode: 'COMMAND_EXECUTION_ERROR',
              message: 'Error while executing command: exit 3. Reason: exit status 3',
            },
          ],
        });
        expect(logOf(laptop, id)).not.toContain('\nnever');
        expect(logOf(laptop, id).includes('\nsucceeding=0')).toBe(post);
      });
  });

  it('ends everything a build started when it is stopped', async () => {
    const spec =
      '{"version":"0.2","phases":{"build":{"commands":["sleep 1000 & echo $! > $HOME/../../pid; sleep 1000"]}}}';
    await withLaptop(project(spec), async (laptop) => {
      await laptop.repository('orders', { 'a.txt': 'a' });
      const id = await start(laptop);
      const file = join(laptop.state, 'builds', 'pid');
      const pid = await eventually(
        () => (existsSync(file) ? Number(readFileSync(file, 'utf8')) || undefined : undefined),
        'the start',
      );
      await new CodeBuildClient(laptop.client).send(new StopBuildCommand({ id }));
      expect((await ended(laptop, id)).buildStatus).toBe('STOPPED');
      await eventually(() => (isRunning(pid) ? undefined : true), 'the end of the process');
    });
  });

  it('starts one build for one idempotency token', async () => {
    await withLaptop(project('{"version":"0.2","phases":{"build":{"commands":["true"]}}}'), async (laptop) => {
      await laptop.repository('orders', { 'a.txt': 'a' });
      const [one, two] = [
        await start(laptop, { idempotencyToken: 'x' }),
        await start(laptop, { idempotencyToken: 'x' }),
      ];
      expect(two).toBe(one);
      await expect(start(laptop, { idempotencyToken: 'x', sourceVersion: 'main' })).rejects.toThrow(
        'idempotency token',
      );
    });
  });

  it('builds, pushes and finds an image without a container engine, the same for the same input', async () => {
    const registry = '000000000000.dkr.ecr.eu-central-1.amazonaws.com';
    const spec = [
      'version: 0.2',
      'phases:',
      '  build:',
      '    commands:',
      `      - aws ecr get-login-password | docker login --username AWS --password-stdin ${registry}`,
      `      - docker build --build-arg BASE_IMAGE=public.ecr.aws/docker/library/node:24-alpine --label commit=$CODEBUILD_RESOLVED_SOURCE_VERSION -t ${registry}/images:$TAG --iidfile id .`,
      `      - docker run --rm -v "$PWD:/src" -w /src -e X=1 node:24 node -e 'require("fs").statSync("/src/Dockerfile".slice(5)); process.exit(1 - process.env.X)'`,
      `      - docker push ${registry}/images:$TAG`,
    ].join('\n');
    const dockerfile =
      'ARG BASE_IMAGE=node:24\nFROM ${BASE_IMAGE} AS build\nWORKDIR /app\nCOPY src ./src\nRUN node -e \'require("fs").writeFileSync("made", "42")\'\nFROM node:24\nWORKDIR /app\nCOPY --from=build --chown=1000 /app ./\nENV COLOUR=blue\nUSER 1000\nEXPOSE 8080\nCMD ["node", "src/main.js"]\n';
    await withLaptop(
      project(spec),
      async (laptop) => {
        const folder = await laptop.repository('orders', { Dockerfile: dockerfile, 'src/main.js': 'console.log(1)' });
        const head = (await laptop.git(folder, 'rev-parse', 'HEAD')).trim();
        const variables = (TAG: string) => ({ environmentVariablesOverride: [{ name: 'TAG', value: TAG }] });
        const ids = [await start(laptop, variables('one')), await start(laptop, variables('two'))];
        for (const id of ids)
          expect([(await ended(laptop, id)).buildStatus, logOf(laptop, id)]).toEqual(['SUCCEEDED', expect.any(String)]);
        const { imageDetails } = await new ECRClient(laptop.client).send(
          new DescribeImagesCommand({ repositoryName: 'images' }),
        );
        expect(imageDetails?.map(({ imageTags }) => imageTags?.toSorted())).toEqual([['one', 'two']]);
        const image = await laptop.aws.images.find(`${registry}/images@${imageDetails?.[0]?.imageDigest}`);
        expect(image?.config).toMatchObject({
          cmd: ['node', 'src/main.js'],
          env: { COLOUR: 'blue' },
          user: '1000',
          workingDir: '/app',
          exposedPorts: [8080],
          labels: { commit: head },
        });
        expect(readFileSync(join(image?.directory ?? '', 'rootfs/app/made'), 'utf8')).toBe('42');
        await laptop.git(folder, 'commit', '--quiet', '--allow-empty', '--message', 'other');
        await laptop.git(folder, 'push', '--quiet', 'origin', 'HEAD:main');
        const again = await start(laptop, variables('one'));
        expect((await ended(laptop, again)).buildStatus).toBe('FAILED');
        expect(logOf(laptop, again)).toContain('cannot be overwritten because the tag is immutable');
      },
      { tools: buildTools },
    );
  });
});

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
