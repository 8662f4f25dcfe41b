/**
 * The build's `aws` where there is no container engine: `aws ecr get-login-password`, as the build's role. Separate because it is
 * a program of its own; everything else is refused by name, as a build needs nothing else.
 */
import { ECRClient, GetAuthorizationTokenCommand } from '@aws-sdk/client-ecr';

const [service, command] = process.argv.slice(2).filter((word) => !word.startsWith('-'));
if (service !== 'ecr' || command !== 'get-login-password') {
  console.error(
    `aws ${process.argv.slice(2).join(' ')}: not supported in builds on the laptop; supported is: aws ecr get-login-password`,
  );
  process.exit(252);
}
const region = process.argv[process.argv.indexOf('--region') + 1];
const client = new ECRClient(process.argv.includes('--region') && region !== undefined ? { region } : {});
const { authorizationData } = await client.send(new GetAuthorizationTokenCommand());
console.log(
  Buffer.from(authorizationData?.[0]?.authorizationToken ?? '', 'base64')
    .toString()
    .replace(/^AWS:/, ''),
);
