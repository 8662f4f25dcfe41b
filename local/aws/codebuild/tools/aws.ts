/**
 * The build's `aws`: `aws ecr get-login-password` and `aws s3 cp` of one file, as the build's role. Separate because it is a program of
 * its own; everything else is refused by name, as a build needs nothing else.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { ECRClient, GetAuthorizationTokenCommand } from '@aws-sdk/client-ecr';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';

const [service, command, from = '', to = ''] = process.argv.slice(2).filter((word) => !word.startsWith('-'));
const region = process.argv[process.argv.indexOf('--region') + 1];
const inRegion = process.argv.includes('--region') && region !== undefined ? { region } : {};

switch (`${service} ${command}`) {
  case 'ecr get-login-password':
    await login();
    break;
  case 's3 cp':
    await copy();
    break;
  default:
    console.error(
      `aws ${process.argv.slice(2).join(' ')}: not supported in builds on the laptop; supported are: aws ecr get-login-password, aws s3 cp`,
    );
    process.exit(252);
}

async function login(): Promise<void> {
  const { authorizationData } = await new ECRClient(inRegion).send(new GetAuthorizationTokenCommand());
  console.log(
    Buffer.from(authorizationData?.[0]?.authorizationToken ?? '', 'base64')
      .toString()
      .replace(/^AWS:/, ''),
  );
}

async function copy(): Promise<void> {
  const client = new S3Client({ ...inRegion, forcePathStyle: true });
  const placeOf = (address: string) => {
    const [, Bucket, Key] = /^s3:\/\/([^/]+)\/(.+)$/.exec(address) ?? [];
    return { Bucket, Key };
  };
  if (from.startsWith('s3://')) {
    const { Body } = await client.send(new GetObjectCommand(placeOf(from)));
    writeFileSync(to, (await Body?.transformToByteArray()) ?? '');
  } else await client.send(new PutObjectCommand({ ...placeOf(to), Body: readFileSync(from) }));
}
