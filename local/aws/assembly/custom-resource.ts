/**
 * CloudFormation's custom resources: the function behind the service token is invoked like any other, and its answer is taken at
 * the response address. Separate because this is a conversation, not a declaration.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref.html
 */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { type Account, arnOf, nameOf, type Input } from '../api.ts';
import type { World } from '../aws.ts';
import { listState, readState, removeState, writeState } from '../state-file.ts';
import type { Made, Place, Properties } from './kind.ts';
import type { CustomResourceAnswer } from './responses.ts';

interface Known {
  readonly physicalId: string;
  readonly properties: Input;
  readonly data: Input;
  /** Who it is and who makes it, so that it can be deleted without its template. */
  readonly resource: Resource;
}
interface Resource {
  readonly StackId: string;
  readonly LogicalResourceId: string;
  readonly ResourceType: string;
  readonly ServiceToken: string;
}

const folderOf = (account: Account) => join(account.state, 'custom-resources');
const defaultSeconds = 3600;

/** Creates it, updates it when its properties changed since the last run, else takes what was answered then. */
export async function invokeCustomResource(properties: Properties, place: Place): Promise<Made> {
  const { ServiceToken, ServiceTimeout, ...own } = properties;
  const path = join(folderOf(place.account), `${place.stack}.${place.logicalId}.json`);
  const before = readState<Known>(path);
  if (before && isDeepStrictEqual(before.properties, JSON.parse(JSON.stringify(own))))
    return { ref: before.physicalId, attributes: before.data };
  if (!String(ServiceToken).includes(':lambda:')) throw new Error(`its service token ${ServiceToken} is no function`);
  const resource: Resource = {
    StackId: arnOf(place.account, 'cloudformation', `stack/${place.stack}/laptop`),
    LogicalResourceId: place.logicalId,
    ResourceType: place.type,
    ServiceToken: String(ServiceToken),
  };
  const { PhysicalResourceId, Data = {} } = await ask(place, resource, Number(ServiceTimeout) || defaultSeconds, {
    RequestType: before ? 'Update' : 'Create',
    ResourceProperties: stringly({ ServiceToken, ...own }),
    ...(before && { PhysicalResourceId: before.physicalId, OldResourceProperties: stringly(before.properties) }),
  });
  writeState(path, { physicalId: PhysicalResourceId, properties: own, data: Data, resource } satisfies Known);
  return { ref: PhysicalResourceId, attributes: Data };
}

/** Deletes all of them, the newest first; the next run creates them again. */
export async function deleteCustomResources(world: World, account: Account): Promise<void> {
  for (const [name, known] of [...listState<Known>(folderOf(account))].toReversed()) {
    const { ServiceToken } = known.resource;
    await ask({ world, account }, known.resource, defaultSeconds, {
      RequestType: 'Delete',
      PhysicalResourceId: known.physicalId,
      ResourceProperties: stringly({ ServiceToken, ...known.properties }),
    });
    removeState(join(folderOf(account), `${name}.json`));
  }
}

/** One question to the function and its answer; throws when it answers that it failed. */
async function ask(
  { world, account }: Pick<Place, 'world' | 'account'>,
  resource: Resource,
  seconds: number,
  question: { readonly RequestType: 'Create' | 'Update' | 'Delete' } & Input,
): Promise<CustomResourceAnswer> {
  const { ServiceToken, LogicalResourceId, ResourceType } = resource;
  const answer = world.responses.expect(seconds * 1000);
  const does = { Create: 'created', Update: 'updated', Delete: 'deleted' }[question.RequestType];
  account.log(`${LogicalResourceId} (${ResourceType}) is being ${does} by ${nameOf(ServiceToken)}`);
  world.functions.invokeLater(
    ServiceToken,
    JSON.stringify({ ...resource, ...question, ResponseURL: answer.url, RequestId: randomUUID() }),
  );
  const answered = await answer.arrived;
  if (answered.Status !== 'SUCCESS') throw new Error(`${nameOf(ServiceToken)} answered: ${answered.Reason}`);
  return answered;
}

/** CloudFormation hands numbers and booleans to functions as text. */
function stringly(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(stringly);
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, stringly(inner)]));
  return String(value);
}
