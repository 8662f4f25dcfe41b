/** Events about branches: as AWS documents them, as they were captured, and as nobody should send them. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseBranchEvent } from '../../../lambdas/boundary/events/branch-event.ts';

const SAMPLES = join(import.meta.dirname, 'samples');
const sample = (name: string): Record<string, unknown> =>
  JSON.parse(readFileSync(join(SAMPLES, `codecommit-${name}.json`), 'utf8')) as Record<string, unknown>;

/** A plain push with some of its details changed. */
function push(change: Record<string, unknown>): unknown {
  const event = sample('reference-updated-plain-push');
  const detail = { ...(event['detail'] as object), ...change };
  return { ...event, detail: JSON.parse(JSON.stringify(detail)) as unknown };
}

describe('an event', () => {
  it.each([
    ['reference-created', 'MyDemoRepo', 'myBranch'],
    ['reference-updated-by-merge', 'MyDemoRepo', 'myBranch'],
    ['reference-deleted', 'MyDemoRepo', 'myBranch'],
    ['reference-updated-plain-push', 'some-repo', 'main'],
  ])('%s asks for a look at its branch', (name, repository, branch) => {
    expect(parseBranchEvent(sample(name))).toMatchObject({ action: 'look', repository, branch });
  });

  it.each(readdirSync(SAMPLES).filter((file) => /pull-request|unreferenced/.test(file)))(
    '%s asks for nothing',
    (file) => {
      const event: unknown = JSON.parse(readFileSync(join(SAMPLES, file), 'utf8'));
      expect(parseBranchEvent(event)).toMatchObject({ action: 'ignore' });
    },
  );

  it('about a tag asks for nothing', () => {
    const event = push({ referenceType: 'tag', referenceName: 'v1', referenceFullName: 'refs/tags/v1' });
    expect(parseBranchEvent(event)).toMatchObject({ action: 'ignore' });
  });

  it.each(['a$(id)', 'a;id', 'a`id`', '<!channel>', '日本語', 'x'.repeat(256), '"quoted"', '../..'])(
    'about the branch %s gives the exact name',
    (branch) => {
      const event = push({ referenceName: branch, referenceFullName: `refs/heads/${branch}` });
      expect(parseBranchEvent(event)).toMatchObject({ action: 'look', repository: 'some-repo', branch });
    },
  );

  it('needs nothing but repository and branch', () => {
    const event = push({ commitId: undefined, oldCommitId: undefined, referenceFullName: undefined });
    expect(parseBranchEvent(event)).toEqual({ action: 'look', repository: 'some-repo', branch: 'main' });
  });

  it('about a plain push tells who pushed, and about a merge what was merged: a merge names nobody', () => {
    expect(parseBranchEvent(sample('reference-updated-plain-push'))).toMatchObject({
      pushed: {
        commit: 'f485fcc95a795517f279d0a877227e51208b0dfc',
        by: 'arn:aws:iam::111111111111:user/admin',
      },
    });
    expect(parseBranchEvent(sample('reference-updated-by-merge'))).toMatchObject({
      pushed: { commit: '7f0103fMERGE', mergedFrom: '26a8f2SOURCE' },
    });
    expect(parseBranchEvent(sample('reference-deleted'))).not.toHaveProperty('pushed');
  });

  it.each([
    ['nothing', undefined],
    ['text', 'push'],
    ['a list', []],
    ['no detail', { source: 'aws.codecommit', 'detail-type': 'CodeCommit Repository State Change' }],
    ['another source', { ...sample('reference-created'), source: 'aws.codebuild' }],
    ['no branch name', push({ referenceName: '' })],
    ['a branch name that is too long', push({ referenceName: 'x'.repeat(257), referenceFullName: undefined })],
    ['a repository that cannot be', push({ repositoryName: 'a b' })],
    ['names that do not fit together', push({ referenceFullName: 'refs/heads/other' })],
  ])('that is %s is unreadable and says why', (_what, event) => {
    expect(() => parseBranchEvent(event)).toThrow(expect.objectContaining({ name: 'UnreadableEvent' }));
  });
});
