import {
  CodeCommitClient,
  GetBranchCommand,
  GetCommitCommand,
  GetFileCommand,
  GetRepositoryCommand,
  ListBranchesCommand,
} from '@aws-sdk/client-codecommit';
import { describe, expect, it } from 'vitest';
import { eventsToQueue, eventually, type Laptop, withLaptop } from './laptop.ts';

const branchEvents = {
  Resources: {
    Orders: { Type: 'AWS::CodeCommit::Repository', Properties: { RepositoryName: 'orders' } },
    ...eventsToQueue({ source: ['aws.codecommit'], detail: { referenceType: ['branch'] } }),
  },
};

async function nextEvent({ aws }: Laptop): Promise<{ detail: Record<string, string>; [member: string]: unknown }> {
  const message = await eventually(async () => {
    const input = { QueueUrl: 'events', MaxNumberOfMessages: 1 };
    const output = await aws.call('sqs', 'ReceiveMessage', input, { arn: 'test' });
    return (output as { Messages?: { Body: string; ReceiptHandle: string }[] }).Messages?.[0];
  }, 'an event');
  await aws.call('sqs', 'DeleteMessage', { QueueUrl: 'events', ReceiptHandle: message.ReceiptHandle }, { arn: 'test' });
  return JSON.parse(message.Body) as { detail: Record<string, string> };
}

describe('CodeCommit on the laptop', () => {
  it('sends the documented event when a push creates, moves or deletes a branch', async () => {
    await withLaptop(branchEvents, async (laptop) => {
      const folder = await laptop.repository('orders', { 'README.md': 'orders' });
      const created = await nextEvent(laptop);
      const head = (await laptop.git(folder, 'rev-parse', 'HEAD')).trim();
      expect(created).toMatchObject({
        source: 'aws.codecommit',
        'detail-type': 'CodeCommit Repository State Change',
        resources: ['arn:aws:codecommit:eu-central-1:000000000000:orders'],
        detail: {
          event: 'referenceCreated',
          referenceType: 'branch',
          referenceName: 'main',
          referenceFullName: 'refs/heads/main',
          commitId: head,
        },
      });
      expect(created.detail).not.toHaveProperty('oldCommitId');

      await laptop.git(folder, 'commit', '--quiet', '--allow-empty', '--message', 'second');
      await laptop.git(folder, 'push', '--quiet', 'origin', 'HEAD:main');
      const moved = (await nextEvent(laptop)).detail;
      expect(moved).toMatchObject({ event: 'referenceUpdated', oldCommitId: head });

      await laptop.git(folder, 'push', '--quiet', 'origin', 'HEAD:feature/login', 'HEAD:refs/tags/v1');
      expect((await nextEvent(laptop)).detail).toMatchObject({
        event: 'referenceCreated',
        referenceName: 'feature/login',
      });
      await laptop.git(folder, 'push', '--quiet', 'origin', ':feature/login');
      const deleted = (await nextEvent(laptop)).detail;
      expect(deleted).toMatchObject({
        event: 'referenceDeleted',
        referenceName: 'feature/login',
        oldCommitId: moved['commitId'],
      });
      expect(deleted).not.toHaveProperty('commitId');
    });
  });

  it('takes any branch name that git takes, and executes none', async () => {
    await withLaptop(branchEvents, async (laptop) => {
      const folder = await laptop.repository('orders', { 'README.md': 'orders' });
      await nextEvent(laptop);
      const codecommit = new CodeCommitClient(laptop.client);
      for (const branchName of [
        'a$(touch${IFS}x)',
        'a;id',
        'a`id`',
        '<!channel>',
        '日本語',
        "it's",
        'a&b|c',
        `feature/${'x'.repeat(200)}`,
      ]) {
        await laptop.git(folder, 'push', '--quiet', 'origin', `HEAD:refs/heads/${branchName}`);
        expect((await nextEvent(laptop)).detail).toMatchObject({
          event: 'referenceCreated',
          referenceName: branchName,
        });
        const { branch } = await codecommit.send(new GetBranchCommand({ repositoryName: 'orders', branchName }));
        expect(branch?.branchName).toBe(branchName);
      }
    });
  });

  it('tells who pushed: whoever the address names, else the person at this machine', async () => {
    await withLaptop(branchEvents, async (laptop) => {
      const folder = await laptop.repository('orders', { 'README.md': 'orders' });
      const user = 'arn:aws:iam::000000000000:user';
      expect((await nextEvent(laptop)).detail).toMatchObject({ callerUserArn: `${user}/local` });
      const address = `${laptop.client.endpoint}/~ann/v1/repos/orders`;
      await laptop.git(folder, 'push', '--quiet', address, 'HEAD:refs/heads/feature/ann');
      expect((await nextEvent(laptop)).detail).toMatchObject({
        referenceName: 'feature/ann',
        callerUserArn: `${user}/ann`,
      });
    });
  });

  it('reads files, commits and branches as AWS answers them, in pages', async () => {
    await withLaptop(branchEvents, async (laptop) => {
      const folder = await laptop.repository('orders', { 'src/a.txt': 'hello' });
      const repositoryName = 'orders';
      const codecommit = new CodeCommitClient(laptop.client);
      const { repositoryMetadata } = await codecommit.send(new GetRepositoryCommand({ repositoryName }));
      expect(repositoryMetadata?.cloneUrlHttp).toBe(`${laptop.client.endpoint}/v1/repos/orders`);
      const file = await codecommit.send(
        new GetFileCommand({ repositoryName, commitSpecifier: 'main', filePath: 'src/a.txt' }),
      );
      expect(Buffer.from(file.fileContent ?? []).toString()).toBe('hello');
      const { commit } = await codecommit.send(new GetCommitCommand({ repositoryName, commitId: file.commitId ?? '' }));
      expect(commit).toMatchObject({
        message: 'first\n',
        author: { name: 'Ann', email: 'ann@example.com' },
        parents: [],
      });

      await laptop.git(
        folder,
        'push',
        '--quiet',
        'origin',
        ...Array.from({ length: 120 }, (_, index) => `HEAD:b/${index}`),
      );
      const first = await codecommit.send(new ListBranchesCommand({ repositoryName }));
      const second = await codecommit.send(new ListBranchesCommand({ repositoryName, nextToken: first.nextToken }));
      expect([first.branches?.length, second.branches?.length, second.nextToken]).toEqual([100, 21, undefined]);
    });
  });

  it('answers with the names of errors that AWS has', async () => {
    await withLaptop(branchEvents, async (laptop) => {
      await laptop.repository('orders', { 'a.txt': 'hello' });
      const codecommit = new CodeCommitClient(laptop.client);
      const repositoryName = 'orders';
      const refusal = (sent: Promise<unknown>) =>
        sent.then(
          () => 'none',
          (error: Error) => error.name,
        );
      expect(await refusal(codecommit.send(new GetBranchCommand({ repositoryName, branchName: 'gone' })))).toBe(
        'BranchDoesNotExistException',
      );
      expect(await refusal(codecommit.send(new GetBranchCommand({ repositoryName: 'gone', branchName: 'main' })))).toBe(
        'RepositoryDoesNotExistException',
      );
      expect(await refusal(codecommit.send(new GetFileCommand({ repositoryName, filePath: 'b.txt' })))).toBe(
        'FileDoesNotExistException',
      );
      expect(
        await refusal(
          codecommit.send(new GetFileCommand({ repositoryName, filePath: 'a.txt', commitSpecifier: 'gone' })),
        ),
      ).toBe('CommitDoesNotExistException');
    });
  });
});
