/**
 * Shapes that inputs of functions share. Separate because every stage takes claims and deliveries, parsed in the same way.
 * Fields that a shape does not know are left out: a delivery is a claim that knows more.
 */
import * as v from 'valibot';
import { SIDES } from '../../contracts/kubernetes.ts';
import { ENVIRONMENT_KINDS, TIERS } from '../../contracts/kinds.ts';
import { LONGEST_ID } from '../../domain/naming/environment-id.ts';
import { LONGEST_SERVICE } from '../../domain/naming/service-key.ts';
import { branchName, commit, oneOf, repositoryName, text, whole } from '../values.ts';

/** Environment ids may begin with a digit: they are never a whole DNS name. */
export const environmentId = text(
  new RegExp(`^(?=.{1,${String(LONGEST_ID)}}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?$`),
  'the id of an environment, as `npx espalier environments` lists them',
);

/** The key of a service; also the beginning of a name. */
export const serviceKeyText = text(
  new RegExp(`^(?=.{1,${String(LONGEST_SERVICE)}}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?$`),
  'the key of a service, as `npx espalier show NAME` lists them',
);

const generation = whole(1, Number.MAX_SAFE_INTEGER);

/** Name of an execution, as Step Functions says it. */
export const execution = text(/^.{1,80}$/u, 'the name of an execution');

export const claim = v.object({ environment: environmentId, service: serviceKeyText, generation });

export const removal = v.object({ environment: environmentId, generation });

export const delivery = v.object({
  environment: environmentId,
  service: serviceKeyText,
  generation,
  kind: oneOf(ENVIRONMENT_KINDS),
  tier: oneOf(TIERS),
  branch: branchName,
  repository: repositoryName,
  commit,
  despiteAlarms: v.exactOptional(v.literal(true)),
});

export const digest = text(/^sha256:[0-9a-f]{64}$/, 'a digest sha256:…');

export const side = oneOf(SIDES);

export const rolloutClaim = v.object({ delivery, digest, side });

/** Id of something that people may decide. */
export const approvalId = text(/^[0-9a-f]{12}$/, 'the id of an approval: 12 characters, as a notice shows it');

/** What Step Functions says about a failed task. A missing Cause is none. */
export const taskError = v.object({ Error: v.optional(v.string(), 'Unknown'), Cause: v.optional(v.string(), '') });
