/**
 * Links into the Step Functions console. Separate because its address depends on the partition, which only an ARN tells.
 * Source of the hosts: https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html
 */

/** Hosts of the console by partition; every other one is not for people like us. */
const HOSTS: Readonly<Record<string, string>> = {
  aws: 'console.aws.amazon.com',
  'aws-cn': 'console.amazonaws.cn',
  'aws-us-gov': 'console.amazonaws-us-gov.com',
};

/** The page of a state machine, on which *Start execution* asks for its input: no address opens that dialog itself. */
export function startPage(machineArn: string): string {
  const [, partition = 'aws', , region = ''] = machineArn.split(':');
  const host = HOSTS[partition] ?? HOSTS['aws'] ?? '';
  return `https://${region}.${host}/states/home?region=${region}#/statemachines/view/${machineArn}`;
}
