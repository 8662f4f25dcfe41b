/**
 * CloudFormation's custom resources: the function behind the service token is invoked like any other, and its answer is taken at
 * the response address. Separate because this is a conversation, not a declaration.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref.html
 */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { arnOf, nameOf, type Input } from '../api.ts';
import { readState, writeState } from '../state-file.ts';
import type { Made, Place, Properties } from './kind.ts';

interface Known {
  readonly physicalId: string;
  readonly properties: Input;
  readonly data: Input;
}

/** Creates it, updates it when its properties changed since the last run, else takes what was answered then. */
export async function invokeCustomResource(properties: Properties, place: Place): Promise<Made> {
  const { ServiceToken, ServiceTimeout, ...own } = properties;
  const path = join(place.account.state, 'custom-resources', `${place.stack}.${place.logicalId}.json`);
  const before = readState<Known>(path);
  if (before && isDeepStrictEqual(before.properties, JSON.parse(JSON.stringify(own))))
    return { ref: before.physicalId, attributes: before.data };
  if (!String(ServiceToken).includes(':lambda:')) throw new Error(`its service token ${ServiceToken} is no function`);
  const answer = place.world.responses.expect((Number(ServiceTimeout) || 3600) * 1000);
  place.account.log(
    `${place.stack}: ${place.logicalId} (${place.type}) is being ${before ? 'updated' : 'created'} by ${nameOf(ServiceToken)}`,
  );
  place.world.functions.invokeLater(
    ServiceToken,
    JSON.stringify({
      RequestType: before ? 'Update' : 'Create',
      ResponseURL: answer.url,
      StackId: arnOf(place.account, 'cloudformation', `stack/${place.stack}/laptop`),
      RequestId: randomUUID(),
      LogicalResourceId: place.logicalId,
      ResourceType: place.type,
      ServiceToken,
      ResourceProperties: stringly({ ServiceToken, ...own }),
      ...(before && { PhysicalResourceId: before.physicalId, OldResourceProperties: stringly(before.properties) }),
    }),
  );
  const { Status, Reason, PhysicalResourceId, Data = {} } = await answer.arrived;
  if (Status !== 'SUCCESS') throw new Error(`${nameOf(ServiceToken)} answered: ${Reason}`);
  writeState(path, { physicalId: PhysicalResourceId, properties: own, data: Data } satisfies Known);
  return { ref: PhysicalResourceId, attributes: Data };
}

/** CloudFormation hands numbers and booleans to functions as text. */
function stringly(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(stringly);
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, stringly(inner)]));
  return String(value);
}
