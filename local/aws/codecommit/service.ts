/**
 * The CodeCommit API over the bare repositories, and the events it sends. Separate from git itself (repositories.ts).
 * Event shape: https://docs.aws.amazon.com/codecommit/latest/userguide/monitoring-events.html
 */
import type * as sdk from '@aws-sdk/client-codecommit';
import { type Account, AwsError, arnOf, type Input, type Service } from '../api.ts';
import { json } from '../protocols.ts';
import type { GitRepositories, TreeEntry } from './repositories.ts';
import type { RefChange } from './smart-http.ts';

/** AWS does not tell its page size; small enough that paging is met on a laptop too. */
const pageSize = 100;

/** The address people and builds clone from. */
export function cloneUrl(account: Account, repository: string): string {
  return `${account.endpoint}/v1/repos/${repository}`;
}

function page<T>(all: readonly T[], token: string | undefined): { items: T[]; nextToken?: string } {
  const start = token === undefined ? 0 : Number(Buffer.from(token, 'base64url').toString());
  if (!Number.isInteger(start)) throw new AwsError('InvalidContinuationTokenException', 'The token is not valid.');
  const items = all.slice(start, start + pageSize);
  const next = start + pageSize;
  return next < all.length ? { items, nextToken: Buffer.from(String(next)).toString('base64url') } : { items };
}

/** The API. */
export function codeCommit(account: Account, repositories: GitRepositories): Service {
  const metadata = (repositoryName: string): sdk.RepositoryMetadata => {
    repositories.directoryOf(repositoryName);
    const facts = repositories.facts(repositoryName);
    return {
      accountId: account.id,
      repositoryId: facts.id,
      repositoryName,
      repositoryDescription: facts.description,
      defaultBranch: 'main',
      creationDate: new Date(facts.created),
      lastModifiedDate: new Date(facts.created),
      cloneUrlHttp: cloneUrl(account, repositoryName),
      Arn: arnOf(account, 'codecommit', repositoryName),
    };
  };

  async function commitOf(repository: string, specifier = 'HEAD'): Promise<string> {
    const commit = await repositories.resolve(repository, specifier);
    if (commit === undefined)
      throw new AwsError(
        'CommitDoesNotExistException',
        `Could not resolve the specifier ${specifier} in ${repository}`,
      );
    return commit;
  }

  const actions = {
    ListRepositories({ nextToken }: sdk.ListRepositoriesInput): sdk.ListRepositoriesOutput {
      const { items, ...rest } = page(repositories.names(), nextToken);
      return {
        repositories: items.map((repositoryName) => ({
          repositoryName,
          repositoryId: repositories.facts(repositoryName).id,
        })),
        ...rest,
      };
    },
    GetRepository: ({ repositoryName = '' }: sdk.GetRepositoryInput): sdk.GetRepositoryOutput => ({
      repositoryMetadata: metadata(repositoryName),
    }),
    BatchGetRepositories({ repositoryNames = [] }: sdk.BatchGetRepositoriesInput): sdk.BatchGetRepositoriesOutput {
      return {
        repositories: repositoryNames.filter((name) => repositories.exists(name)).map(metadata),
        repositoriesNotFound: repositoryNames.filter((name) => !repositories.exists(name)),
      };
    },
    async CreateRepository(input: sdk.CreateRepositoryInput): Promise<sdk.CreateRepositoryOutput> {
      const { repositoryName = '', repositoryDescription } = input;
      if (repositories.exists(repositoryName))
        throw new AwsError('RepositoryNameExistsException', `Repository named ${repositoryName} already exists`);
      if (!/^[\w.-]{1,100}$/.test(repositoryName) || repositoryName.endsWith('.git'))
        throw new AwsError('InvalidRepositoryNameException', `${repositoryName} is not a valid repository name.`);
      await repositories.create(repositoryName, repositoryDescription);
      return { repositoryMetadata: metadata(repositoryName) };
    },
    async ListBranches({ repositoryName = '', nextToken }: sdk.ListBranchesInput): Promise<sdk.ListBranchesOutput> {
      const { items, ...rest } = page(await repositories.branches(repositoryName), nextToken);
      return { branches: items, ...rest };
    },
    async GetBranch({ repositoryName = '', branchName = '' }: sdk.GetBranchInput): Promise<sdk.GetBranchOutput> {
      if (branchName === '') throw new AwsError('BranchNameRequiredException', 'A branch name is required.');
      if (branchName.length > 256)
        throw new AwsError('InvalidBranchNameException', 'A branch name has at most 256 characters.');
      const commitId = await repositories.head(repositoryName, `refs/heads/${branchName}`);
      if (commitId === undefined)
        throw new AwsError('BranchDoesNotExistException', `Branch ${branchName} does not exist in ${repositoryName}`);
      return { branch: { branchName, commitId } };
    },
    async GetFile({
      repositoryName = '',
      commitSpecifier,
      filePath = '',
    }: sdk.GetFileInput): Promise<sdk.GetFileOutput> {
      const commitId = await commitOf(repositoryName, commitSpecifier);
      const [entry] = await repositories.tree(repositoryName, commitId, filePath.replace(/^\/+/, ''));
      if (!entry || entry.type !== 'blob' || entry.path !== filePath.replace(/^\/+/, ''))
        throw new AwsError(
          'FileDoesNotExistException',
          `${filePath} does not exist at ${commitId} in ${repositoryName}`,
        );
      const fileContent = await repositories.object(repositoryName, entry.id, 'blob');
      // https://docs.aws.amazon.com/codecommit/latest/userguide/limits.html: GetFile answers up to 6 MB.
      if (fileContent.length > 6 * 1024 * 1024)
        throw new AwsError('FileTooLargeException', `${filePath} is larger than 6 MB.`);
      return {
        commitId,
        blobId: entry.id,
        filePath: entry.path,
        fileMode: fileMode(entry),
        fileSize: fileContent.length,
        fileContent,
      };
    },
    async GetFolder({ repositoryName = '', commitSpecifier, folderPath = '' }: sdk.GetFolderInput): Promise<Input> {
      const commitId = await commitOf(repositoryName, commitSpecifier);
      const path = folderPath.replace(/^\/+|\/+$/g, '');
      const entries = await repositories.tree(repositoryName, commitId, path === '' ? '' : `${path}/`);
      if (entries.length === 0)
        throw new AwsError(
          'FolderDoesNotExistException',
          `${folderPath} does not exist at ${commitId} in ${repositoryName}`,
        );
      const shown = ({ id, path: absolutePath }: TreeEntry) => ({
        absolutePath,
        relativePath: absolutePath.slice(path === '' ? 0 : path.length + 1),
        id,
      });
      const blobs = entries
        .filter(({ type }) => type === 'blob')
        .map((entry) => {
          const { id: blobId, ...rest } = shown(entry);
          return { blobId, ...rest, fileMode: fileMode(entry) };
        });
      return {
        commitId,
        folderPath: path,
        treeId: (await repositories.treeId(repositoryName, commitId, path)) ?? '',
        files: blobs.filter((blob) => blob.fileMode !== 'SYMLINK'),
        symbolicLinks: blobs.filter((blob) => blob.fileMode === 'SYMLINK'),
        subFolders: entries
          .filter(({ type }) => type === 'tree')
          .map(shown)
          .map(({ id: treeId, ...rest }) => ({ treeId, ...rest })),
        subModules: entries
          .filter(({ type }) => type === 'commit')
          .map(shown)
          .map(({ id, ...rest }) => ({ commitId: id, ...rest })),
      };
    },
    async GetCommit({ repositoryName = '', commitId = '' }: sdk.GetCommitInput): Promise<sdk.GetCommitOutput> {
      if (!/^[0-9a-f]{40}$/.test(commitId) || (await repositories.resolve(repositoryName, commitId)) === undefined)
        throw new AwsError('CommitIdDoesNotExistException', `${commitId} does not exist in ${repositoryName}`);
      return {
        commit: parseCommit(commitId, (await repositories.object(repositoryName, commitId, 'commit')).toString()),
      };
    },
  };
  return { name: 'codecommit', protocol: json, actions };
}

function fileMode({ mode }: TreeEntry): 'EXECUTABLE' | 'NORMAL' | 'SYMLINK' {
  return mode === '120000' ? 'SYMLINK' : mode === '100755' ? 'EXECUTABLE' : 'NORMAL';
}

function parseCommit(commitId: string, raw: string): sdk.Commit {
  const end = raw.indexOf('\n\n');
  const lines = raw.slice(0, end).split('\n');
  const field = (name: string) => lines.find((line) => line.startsWith(`${name} `))?.slice(name.length + 1) ?? '';
  const who = (line: string): sdk.UserInfo => {
    const [, name = '', email = '', date = ''] = /^(.*) <(.*)> (\d+ [+-]\d{4})$/.exec(line) ?? [];
    return { name, email, date };
  };
  return {
    commitId,
    treeId: field('tree'),
    parents: lines.filter((line) => line.startsWith('parent ')).map((line) => line.slice(7)),
    message: raw.slice(end + 2),
    author: who(field('author')),
    committer: who(field('committer')),
    additionalData: '',
  };
}

/** The detail of the event that CodeCommit sends for a changed reference. */
export function referenceEvent(
  repositoryName: string,
  repositoryId: string,
  change: RefChange,
  callerUserArn: string,
): Input {
  const { ref, before, after } = change;
  const [, kind, name] = /^refs\/(heads|tags)\/(.*)$/s.exec(ref) ?? [];
  return {
    callerUserArn,
    event: before === undefined ? 'referenceCreated' : after === undefined ? 'referenceDeleted' : 'referenceUpdated',
    repositoryName,
    repositoryId,
    referenceType: kind === 'tags' ? 'tag' : 'branch',
    referenceName: name ?? ref,
    referenceFullName: ref,
    ...(after !== undefined && { commitId: after }),
    ...(before !== undefined && { oldCommitId: before }),
  };
}
