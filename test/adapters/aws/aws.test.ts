/** The adapters of AWS: what is an answer, what passes by itself, and what keeps its name. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CodeBuildClient } from '@aws-sdk/client-codebuild';
import { CodeCommitClient } from '@aws-sdk/client-codecommit';
import { ECRClient } from '@aws-sdk/client-ecr';
import { SFNClient } from '@aws-sdk/client-sfn';
import { SNSClient } from '@aws-sdk/client-sns';
import { describe, expect, it } from 'vitest';
import { codeBuildRunner } from '../../../lambdas/adapters/codebuild/build-runner.ts';
import { codeCommitBranches } from '../../../lambdas/adapters/codecommit/branches.ts';
import { cloneUrl } from '../../../lambdas/adapters/codecommit/clone-url.ts';
import { ecrImages } from '../../../lambdas/adapters/ecr/images.ts';
import { snsNotices } from '../../../lambdas/adapters/sns/notices.ts';
import { stepFunctionsExecutions, type Machines } from '../../../lambdas/adapters/step-functions/executions.ts';
import { notification } from '../../../lambdas/domain/notice/notice.ts';
import { answer, broken, failure, wire, type WireAnswer, type WireCall } from './wire.ts';

const COMMIT = 'a'.repeat(40);
const named = (name: string) => expect.objectContaining({ name }) as unknown;
const PASSING: readonly WireAnswer[] = [
  failure('ThrottlingException'),
  failure('InternalFailure', 500),
  failure('ServiceUnavailable', 503),
  failure('TooManyRequestsException', 429),
  failure('EncryptionKeyDisabledException'),
  broken,
];

describe('CodeCommit', () => {
  const branches = (answers: (call: WireCall) => WireAnswer) => {
    const { options, calls } = wire(answers);
    return { git: codeCommitBranches(new CodeCommitClient(options)), calls };
  };

  it('tells the head of a branch, whatever its name', async () => {
    const { git, calls } = branches(() => answer({ branch: { branchName: 'x', commitId: COMMIT } }));
    expect(await git.head('orders', 'a$(id)`<!channel>')).toEqual({ kind: 'commit', commit: COMMIT });
    expect(calls).toEqual([
      { action: 'GetBranch', input: { repositoryName: 'orders', branchName: 'a$(id)`<!channel>' } },
    ]);
  });

  it('answers that a branch or a repository is gone only when it is', async () => {
    expect(await branches(() => failure('BranchDoesNotExistException')).git.head('orders', 'x')).toEqual({
      kind: 'gone',
    });
    expect(await branches(() => failure('RepositoryDoesNotExistException')).git.head('orders', 'x')).toEqual({
      kind: 'no-repository',
    });
    expect(await branches(() => failure('RepositoryDoesNotExistException')).git.list('orders')).toEqual({
      kind: 'no-repository',
    });
  });

  it.each(PASSING)('never takes trouble for "gone": %j', async (trouble) => {
    const { git } = branches(() => trouble);
    await expect(git.head('orders', 'x')).rejects.toThrow(named('TransientError'));
    await expect(git.list('orders')).rejects.toThrow(named('TransientError'));
    await expect(git.repositories()).rejects.toThrow(named('TransientError'));
    await expect(git.file('orders', COMMIT, 'espalier.yaml')).rejects.toThrow(named('TransientError'));
    await expect(git.commit('orders', COMMIT)).rejects.toThrow(named('TransientError'));
  });

  it('takes a throttle for one that CodeCommit answers in XML, in which its protocol has nothing', async () => {
    const text = '<ThrottlingException>\n  <Message>Rate exceeded</Message>\n</ThrottlingException>\n';
    const { git } = branches(() => ({ kind: 'foreign', text }));
    await expect(git.list('orders')).rejects.toThrow(named('TransientError'));
    await expect(git.head('orders', 'x')).rejects.toThrow(
      'Reading the head of a branch of orders: SyntaxError: Unexpected',
    );
  });

  it('keeps the name of what is a bug or a missing right', async () => {
    await expect(branches(() => failure('AccessDeniedException')).git.head('orders', 'x')).rejects.toThrow(
      named('AccessDeniedException'),
    );
  });

  it('refuses a name that cannot be a branch', async () => {
    await expect(branches(() => failure('InvalidBranchNameException')).git.head('orders', 'x')).rejects.toThrow(
      named('RejectedError'),
    );
  });

  it('lists all pages, or nothing when one of them fails', async () => {
    const pages =
      (last: WireAnswer) =>
      ({ input }: WireCall) =>
        input['nextToken'] === undefined ? answer({ branches: ['a', 'b'], nextToken: '2' }) : last;
    expect(await branches(pages(answer({ branches: ['c'] }))).git.list('orders')).toEqual({
      kind: 'listed',
      branches: ['a', 'b', 'c'],
    });
    await expect(branches(pages(failure('ThrottlingException'))).git.list('orders')).rejects.toThrow(
      named('TransientError'),
    );
  });

  it('lists all repositories', async () => {
    const { git } = branches(({ input }) =>
      input['nextToken'] === undefined
        ? answer({ repositories: [{ repositoryName: 'orders' }], nextToken: '2' })
        : answer({ repositories: [{ repositoryName: 'web' }] }),
    );
    expect(await git.repositories()).toEqual(['orders', 'web']);
  });

  it('reads a file as text, and says when there is none', async () => {
    const fileContent = Buffer.from('name: orders\n# ü').toString('base64');
    expect(await branches(() => answer({ fileContent })).git.file('orders', COMMIT, 'f')).toEqual({
      kind: 'file',
      text: 'name: orders\n# ü',
    });
    expect(await branches(() => failure('FileDoesNotExistException')).git.file('orders', COMMIT, 'f')).toEqual({
      kind: 'absent',
    });
    for (const name of ['FileTooLargeException', 'CommitDoesNotExistException']) {
      await expect(branches(() => failure(name)).git.file('orders', COMMIT, 'f')).rejects.toThrow(
        named('RejectedError'),
      );
    }
  });

  it('knows who wrote a commit, if there is one', async () => {
    const author = { name: 'Ada', email: 'ada@example.com' };
    const commit = { author, committer: author, message: 'Fix it\n\nAt last.' };
    expect(await branches(() => answer({ commit })).git.commit('orders', COMMIT)).toEqual({
      author: 'Ada',
      title: 'Fix it',
      emails: ['ada@example.com'],
    });
    expect(await branches(() => failure('CommitIdDoesNotExistException')).git.commit('orders', COMMIT)).toBeUndefined();
  });

  it('is cloned from its region', () => {
    expect(cloneUrl('eu-central-1', 'orders')).toBe(
      'https://git-codecommit.eu-central-1.amazonaws.com/v1/repos/orders',
    );
    expect(cloneUrl('cn-north-1', 'orders')).toContain('amazonaws.com.cn');
  });
});

describe('Step Functions', () => {
  const arn = (name: string): string => `arn:aws:states:eu-central-1:1:stateMachine:${name}`;
  const machines: Machines = {
    'deliver-service': { branch: arn('deliver'), lasting: arn('deliver-lasting') },
    'withdraw-service': { branch: arn('withdraw'), lasting: arn('withdraw-lasting') },
  };
  const owner = { workflow: 'deliver-service', execution: 'feature-x-orders-1', input: '{"generation":1}' } as const;
  const executions = (answers: (call: WireCall) => WireAnswer) => {
    const { options, calls } = wire(answers);
    return { executions: stepFunctionsExecutions(new SFNClient(options), machines), calls };
  };
  const existing =
    (described: WireAnswer) =>
    ({ action }: WireCall) =>
      action === 'StartExecution' ? failure('ExecutionAlreadyExists') : described;

  it('starts exactly this execution on the state machine of its tier', async () => {
    const { executions: started, calls } = executions(() => answer({ executionArn: 'x', startDate: 0 }));
    expect(await started.start('lasting', owner)).toBe('running');
    expect(calls[0]).toEqual({
      action: 'StartExecution',
      input: { stateMachineArn: arn('deliver-lasting'), name: owner.execution, input: owner.input },
    });
  });

  it.each([
    ['RUNNING', owner.input, 'running'],
    ['PENDING_REDRIVE', owner.input, 'running'],
    ['SUCCEEDED', owner.input, 'ended'],
    ['ABORTED', owner.input, 'ended'],
    ['RUNNING', '{"generation":2}', 'name-taken'],
    ['FAILED', '{"repository":"orders"}', 'name-taken'],
  ])('finds an execution of that name that is %s with the input %s: %s', async (status, input, found) => {
    const { executions: started, calls } = executions(existing(answer({ status, input })));
    expect(await started.start('branch', owner)).toBe(found);
    expect(calls[1]?.input).toEqual({
      executionArn: 'arn:aws:states:eu-central-1:1:execution:deliver:feature-x-orders-1',
    });
  });

  it('asks again later about an execution that exists and does not', async () => {
    await expect(
      executions(existing(failure('ExecutionDoesNotExist'))).executions.start('branch', owner),
    ).rejects.toThrow(named('TransientError'));
  });

  it('tells whether an execution runs, has ended or never was', async () => {
    const status = (said: WireAnswer) => executions(() => said).executions.status('branch', owner);
    expect(await status(answer({ status: 'RUNNING' }))).toBe('running');
    expect(await status(answer({ status: 'TIMED_OUT' }))).toBe('ended');
    expect(await status(failure('ExecutionDoesNotExist'))).toBe('absent');
  });

  it.each(PASSING)('says that trouble passes: %j', async (trouble) => {
    await expect(executions(() => trouble).executions.start('branch', owner)).rejects.toThrow(named('TransientError'));
    await expect(executions(() => trouble).executions.status('branch', owner)).rejects.toThrow(named('TransientError'));
  });

  it('does not hide a state machine that is not there', async () => {
    await expect(
      executions(() => failure('StateMachineDoesNotExist')).executions.start('branch', owner),
    ).rejects.toThrow(named('StateMachineDoesNotExist'));
  });
});

describe('CodeBuild', () => {
  const build = (id: string, more: object = {}): object => ({
    id,
    buildStatus: 'IN_PROGRESS',
    sourceVersion: COMMIT,
    environment: { environmentVariables: [{ name: 'ESPALIER_REPOSITORY', value: 'orders' }] },
    ...more,
  });
  const runner = (builds: readonly object[]) => {
    const { options, calls } = wire(({ action }) => {
      if (action === 'ListBuildsForProject') return answer({ ids: builds.map((_, index) => String(index)) });
      return action === 'BatchGetBuilds' ? answer({ builds }) : answer({});
    });
    return { runner: codeBuildRunner(new CodeBuildClient(options), 'shop-image'), calls };
  };

  it('stops running builds of exactly this commit of exactly this repository', async () => {
    const web = { environmentVariables: [{ name: 'ESPALIER_REPOSITORY', value: 'web' }] };
    const { runner: stopper, calls } = runner([
      build('one'),
      build('ended', { buildStatus: 'FAILED' }),
      build('older', { sourceVersion: 'b'.repeat(40) }),
      build('of-web', { environment: web }),
    ]);
    expect(await stopper.stop('orders', COMMIT)).toBe(1);
    expect(calls.filter(({ action }) => action === 'StopBuild').map(({ input }) => input)).toEqual([{ id: 'one' }]);
  });

  it('stops nothing when nothing runs', async () => {
    expect(await runner([]).runner.stop('orders', COMMIT)).toBe(0);
  });

  it('explains a build by the first phase that went wrong', async () => {
    const phases = [
      { phaseType: 'SUBMITTED', phaseStatus: 'SUCCEEDED' },
      {
        phaseType: 'BUILD',
        phaseStatus: 'FAILED',
        contexts: [{ statusCode: 'COMMAND_EXECUTION_ERROR', message: 'exit status 1' }],
      },
      { phaseType: 'COMPLETED' },
    ];
    const { runner: explainer } = runner([
      build('one', { buildStatus: 'FAILED', phases, logs: { deepLink: 'https://log' } }),
    ]);
    expect(await explainer.explain('one')).toEqual({
      status: 'FAILED',
      phase: 'BUILD',
      message: 'COMMAND_EXECUTION_ERROR: exit status 1',
      logLink: 'https://log',
    });
    expect(await runner([]).runner.explain('one')).toMatchObject({ status: 'FAULT' });
  });

  it('takes a build that failed outside of its commands for trouble of CodeBuild, not of the author', async () => {
    const explained = async (contexts: readonly object[]) => {
      const phases = [{ phaseType: 'PROVISIONING', phaseStatus: 'FAILED', contexts }];
      return (await runner([build('one', { buildStatus: 'FAILED', phases })]).runner.explain('one')).status;
    };
    expect(await explained([{ statusCode: 'BUILD_CONTAINER_UNABLE_TO_PULL_IMAGE', message: 'try again' }])).toBe(
      'FAULT',
    );
    expect(await explained([{ statusCode: 'CLIENT_ERROR', message: 'connection reset' }])).toBe('FAULT');
    expect(await explained([{ statusCode: 'COMMAND_EXECUTION_ERROR', message: 'exit status 1' }])).toBe('FAILED');
    expect(await explained([])).toBe('FAILED');
  });

  it.each(PASSING)('says that trouble passes: %j', async (trouble) => {
    const { options } = wire(() => trouble);
    await expect(codeBuildRunner(new CodeBuildClient(options), 'shop').stop('orders', COMMIT)).rejects.toThrow(
      named('TransientError'),
    );
  });
});

describe('ECR', () => {
  const images = (said: WireAnswer) => {
    const { options, calls } = wire(() => said);
    return { images: ecrImages(new ECRClient(options), '1.dkr.ecr.eu-central-1.amazonaws.com/shop/images'), calls };
  };

  it('tells the digest of a tag', async () => {
    const { images: found, calls } = images(answer({ imageDetails: [{ imageDigest: 'sha256:1' }] }));
    expect(await found.digest('orders', COMMIT)).toBe('sha256:1');
    expect(calls[0]?.input).toEqual({ repositoryName: 'shop/images', imageIds: [{ imageTag: `orders.${COMMIT}` }] });
  });

  it('tells what an image says of itself, of the platform that runs', async () => {
    const said = JSON.stringify({ config: { User: '1000', Env: ['API_KEY=x'] }, history: [] });
    const registry = createServer((_request, response) => response.end(said)).listen(0, '127.0.0.1');
    await once(registry, 'listening');
    const { port } = registry.address() as AddressInfo;
    const index = {
      manifests: [
        { digest: 'sha256:attested', platform: { os: 'unknown', architecture: 'unknown' } },
        { digest: 'sha256:linux', platform: { os: 'linux', architecture: 'amd64' } },
      ],
    };
    const manifest = { config: { digest: 'sha256:config' }, layers: [{ size: 7 }] };
    const { options, calls } = wire(({ action, input }) => {
      if (action === 'GetDownloadUrlForLayer')
        return answer({ downloadUrl: `http://127.0.0.1:${String(port)}/`, layerDigest: 'sha256:config' });
      const [id] = (input as { imageIds: { imageDigest: string }[] }).imageIds;
      return answer({
        images: [{ imageManifest: JSON.stringify(id?.imageDigest === 'sha256:linux' ? manifest : index) }],
      });
    });
    const found = ecrImages(new ECRClient(options), '1.dkr.ecr.eu-central-1.amazonaws.com/shop/images');
    await expect(found.facts('sha256:index')).resolves.toEqual({
      user: '1000',
      layers: [7],
      secretVariables: ['API_KEY'],
      secretSteps: [],
    });
    expect(calls.map(({ action }) => action)).toEqual(['BatchGetImage', 'BatchGetImage', 'GetDownloadUrlForLayer']);
    registry.close();
    await expect(found.facts('sha256:index')).rejects.toThrow(named('TransientError'));
  });

  it('takes what cannot run for no image: an index of signatures, one of other systems, a signature itself', async () => {
    const signature = {
      layers: [{ mediaType: 'application/vnd.dev.cosign.simplesigning.v1+json' }],
      config: { digest: 'sha256:c' },
    };
    const manifests: Readonly<Record<string, object>> = {
      'sha256:signed': { manifests: [{ digest: 'sha256:signature' }, { digest: 'sha256:bundle' }] },
      'sha256:attested': { manifests: [{ digest: 'sha256:a', platform: { os: 'unknown', architecture: 'unknown' } }] },
      'sha256:windows': { manifests: [{ digest: 'sha256:w', platform: { os: 'windows', architecture: 'amd64' } }] },
      'sha256:signature': signature,
      'sha256:artifact': {
        artifactType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
        config: { digest: 'sha256:c' },
      },
      'sha256:disguised': {
        manifests: [{ digest: 'sha256:signature', platform: { os: 'linux', architecture: 'amd64' } }],
      },
    };
    const { options } = wire(({ input }) => {
      const [id] = (input as { imageIds: { imageDigest: string }[] }).imageIds;
      return answer({ images: [{ imageManifest: JSON.stringify(manifests[id?.imageDigest ?? '']) }] });
    });
    const found = ecrImages(new ECRClient(options), '1.dkr.ecr.eu-central-1.amazonaws.com/shop/images');
    for (const digest of Object.keys(manifests)) {
      expect([digest, await found.facts(digest)]).toEqual([digest, undefined]);
    }
  });

  it('says when there is no such image, and does not take trouble for that', async () => {
    expect(await images(failure('ImageNotFoundException')).images.digest('orders', COMMIT)).toBeUndefined();
    await expect(images(failure('ServerException', 500)).images.digest('orders', COMMIT)).rejects.toThrow(
      named('TransientError'),
    );
    await expect(images(failure('RepositoryNotFoundException')).images.digest('orders', COMMIT)).rejects.toThrow(
      named('RepositoryNotFoundException'),
    );
  });
});

describe('SNS', () => {
  it('publishes a notice as JSON to its topic', async () => {
    const { options, calls } = wire(() => broken);
    const notice = notification('shop-feature-x-1', { title: 'ready', lines: ['a', 'b'], eventType: 'ready' });
    await expect(snsNotices(new SNSClient(options), 'arn:topic').publish(notice)).rejects.toThrow(
      named('TransientError'),
    );
    expect(calls[0]).toMatchObject({
      action: 'Publish',
      input: { TopicArn: 'arn:topic', Message: JSON.stringify(notice) },
    });
  });
});
