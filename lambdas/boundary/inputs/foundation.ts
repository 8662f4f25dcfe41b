/**
 * Inputs of the function `foundation`: CloudFormation's events about its custom resource, by way of CDK's provider framework, and the
 * sweep's wish. Separate from the other inputs because one of them is AWS's.
 */
import * as v from 'valibot';
import type { FoundationInput } from '../../contracts/foundation.ts';
import { oneOf } from '../values.ts';
import { inputParser } from './input-parser.ts';
import { execution } from './shapes.ts';

/** What CloudFormation wants of the custom resource. */
export interface ResourceEvent {
  readonly kind: 'resource';
  readonly request: 'Create' | 'Update' | 'Delete';
}

export type FoundationRequest = ({ readonly kind: 'sweep' } & FoundationInput) | ResourceEvent;

const parseResourceEvent = inputParser(v.object({ RequestType: oneOf(['Create', 'Update', 'Delete']) }));
const parseAction = inputParser(v.object({ action: v.literal('apply'), execution }));

/** Parses either. */
export function parseFoundationRequest(event: unknown): FoundationRequest {
  const isResource = typeof event === 'object' && event !== null && 'RequestType' in event;
  return isResource
    ? { kind: 'resource', request: parseResourceEvent(event).RequestType }
    : { kind: 'sweep', ...parseAction(event) };
}
