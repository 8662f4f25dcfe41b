/** Git as CodeCommit tells it. */
import {
  BranchDoesNotExistException,
  CommitDoesNotExistException,
  CommitIdDoesNotExistException,
  FileDoesNotExistException,
  FileTooLargeException,
  GetBranchCommand,
  GetCommitCommand,
  GetFileCommand,
  InvalidBranchNameException,
  paginateListBranches,
  paginateListRepositories,
  RepositoryDoesNotExistException,
  type CodeCommitClient,
} from '@aws-sdk/client-codecommit';
import { RejectedError } from '../../domain/errors.ts';
import type { Branches } from '../../ports/branches.ts';
import { translated } from '../aws/translate-error.ts';

/** The repositories of the client's account and region. */
export function codeCommitBranches(client: CodeCommitClient): Branches {
  return {
    head: (repository, branch) =>
      answered(`Reading the head of a branch of ${repository}`, async () => {
        const found = await client.send(new GetBranchCommand({ repositoryName: repository, branchName: branch }));
        const commit = found.branch?.commitId;
        if (commit === undefined) throw new Error(`GetBranch answered no commit for a branch of ${repository}.`);
        return { kind: 'commit', commit } as const;
      }),
    async list(repository) {
      const branches: string[] = [];
      const read = async (): Promise<{ readonly kind: 'listed' }> => {
        branches.length = 0;
        for await (const page of paginateListBranches({ client }, { repositoryName: repository })) {
          branches.push(...(page.branches ?? []));
        }
        return { kind: 'listed' };
      };
      const answer = await answered(`Listing the branches of ${repository}`, read);
      return answer.kind === 'listed' ? { kind: 'listed', branches } : { kind: 'no-repository' };
    },
    repositories: () =>
      translated('Listing repositories', async () => {
        const names: string[] = [];
        for await (const page of paginateListRepositories({ client }, {})) {
          names.push(...(page.repositories ?? []).flatMap(({ repositoryName }) => repositoryName ?? []));
        }
        return names;
      }),
    async file(repository, commit, path) {
      try {
        const { fileContent } = await translated(`Reading ${path} of ${repository}`, () =>
          client.send(new GetFileCommand({ repositoryName: repository, commitSpecifier: commit, filePath: path })),
        );
        return { kind: 'file', text: new TextDecoder().decode(fileContent) };
      } catch (error) {
        if (error instanceof FileDoesNotExistException) return { kind: 'absent' };
        if (error instanceof FileTooLargeException) {
          throw new RejectedError(
            `${path} of ${repository} is larger than the 6 MB that CodeCommit shows. Make it smaller.`,
          );
        }
        if (error instanceof CommitDoesNotExistException) {
          throw new RejectedError(`Commit ${commit} does not exist in ${repository} any more. Push the branch again.`);
        }
        throw error;
      }
    },
    async commit(repository, commit) {
      try {
        const found = await translated(`Reading a commit of ${repository}`, () =>
          client.send(new GetCommitCommand({ repositoryName: repository, commitId: commit })),
        );
        const { author, committer, message } = found.commit ?? {};
        const emails = [author?.email, committer?.email].filter((email) => email !== undefined);
        return {
          author: author?.name ?? 'unknown',
          title: (message ?? '').split('\n')[0] ?? '',
          emails: [...new Set(emails)],
        };
      } catch (error) {
        if (error instanceof CommitIdDoesNotExistException || error instanceof RepositoryDoesNotExistException) {
          return undefined;
        }
        throw error;
      }
    },
  };
}

/** What is not there is an answer; everything else that goes wrong is none. */
async function answered<Answer>(
  what: string,
  call: () => Promise<Answer>,
): Promise<Answer | { readonly kind: 'gone' } | { readonly kind: 'no-repository' }> {
  try {
    return await translated(what, call);
  } catch (error) {
    if (error instanceof BranchDoesNotExistException) return { kind: 'gone' };
    if (error instanceof RepositoryDoesNotExistException) return { kind: 'no-repository' };
    if (error instanceof InvalidBranchNameException) {
      throw new RejectedError(`${what}: CodeCommit does not take this as the name of a branch. ${error.message}`);
    }
    throw error;
  }
}
