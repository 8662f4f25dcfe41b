/** CloudFormation as far as people look at it: which stacks there are and what is in them. Separate file per service. */
import { type Account, arnOf, AwsError, type Service } from './api.ts';
import type { Deployed } from './assembly/deploy.ts';
import { query } from './protocols.ts';

/** The API over what was deployed. */
export function cloudFormation(account: Account, deployed: () => readonly Deployed[]): Service {
  const started = new Date();
  const find = (name: string | undefined) => {
    const found = deployed().filter(({ stack }) => name === undefined || stack === name);
    if (found.length === 0 && name !== undefined)
      throw new AwsError('ValidationError', `Stack with id ${name} does not exist`);
    return found;
  };
  const resources = ({ StackName }: { StackName: string }) =>
    find(StackName)
      .flatMap((each) => each.resources)
      .map(({ logicalId, type, physicalId }) => ({
        LogicalResourceId: logicalId,
        PhysicalResourceId: physicalId,
        ResourceType: type,
        ResourceStatus: 'CREATE_COMPLETE',
        LastUpdatedTimestamp: started,
        Timestamp: started,
      }));
  return {
    name: 'cloudformation',
    protocol: query,
    actions: {
      DescribeStacks: ({ StackName }: { StackName?: string }) => ({
        Stacks: find(StackName).map(({ stack, outputs }) => ({
          StackName: stack,
          StackId: arnOf(account, 'cloudformation', `stack/${stack}/laptop`),
          CreationTime: started,
          StackStatus: 'CREATE_COMPLETE',
          Outputs: Object.entries(outputs).map(([OutputKey, OutputValue]) => ({
            OutputKey,
            OutputValue: String(OutputValue),
          })),
        })),
      }),
      ListStackResources: (input: { StackName: string }) => ({ StackResourceSummaries: resources(input) }),
      DescribeStackResources: (input: { StackName: string }) => ({ StackResources: resources(input) }),
    },
  };
}
