/**
 * Addresses from which git clones repositories of CodeCommit. Separate because they follow from region and name without a call.
 * Source: https://docs.aws.amazon.com/codecommit/latest/userguide/regions.html (endpoints for Git connections)
 */

/** HTTPS address of a repository. */
export function cloneUrl(region: string, repository: string): string {
  const domain = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
  return `https://git-codecommit.${region}.${domain}/v1/repos/${repository}`;
}
