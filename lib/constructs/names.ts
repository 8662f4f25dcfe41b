/**
 * Physical names that two stacks must agree on. Separate because a reference between the stacks would tie their updates together.
 */
import { Aws } from 'aws-cdk-lib';

/** Name of the one image repository of an installation. */
export function imageRepositoryName(installation: string): string {
  return `${installation}-services`;
}

/** Name of the bucket of build archives; account and region make it unique in the world. */
export function archiveName(installation: string): string {
  return `${installation}-archive-${Aws.ACCOUNT_ID}-${Aws.REGION}`;
}
