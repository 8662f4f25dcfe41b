/**
 * The entry of every function and the only try/catch in handlers: parse, run, log, and fail under a name that state machines know.
 * Separate because no handler may do any of this differently.
 */
import { Logger } from '@aws-lambda-powertools/logger';
import type { Stage } from '../contracts/stages.ts';
import { errorName } from '../domain/errors.ts';

/** What Lambda tells a function about its invocation, as far as we read it. */
export interface Invocation {
  readonly awsRequestId: string;
  getRemainingTimeInMillis(): number;
}

const logger = new Logger({ serviceName: 'espalier' });

/** Identifiers that are in every log line of an invocation, taken from wherever the input carries them. */
function identifiers(input: unknown): Record<string, unknown> {
  const outer = asObject(input);
  const inner = asObject(outer['delivery'] ?? outer['claim'] ?? outer['removal'] ?? outer['input']);
  const both = { ...outer, ...inner };
  const known = [
    'action',
    'execution',
    'environment',
    'service',
    'generation',
    'repository',
    'branch',
    'commit',
  ] as const;
  return Object.fromEntries(
    known.filter((name) => ['string', 'number'].includes(typeof both[name])).map((name) => [name, both[name]]),
  );
}

function asObject(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

/**
 * Makes a Lambda handler of a parser and a use case.
 * The three named errors pass with their reason; anything else is a bug, logged with its stack, and fails under its own name.
 */
export function entryPoint<Input, Output>(
  stage: Stage,
  parse: (event: unknown) => Input,
  run: (input: Input, invocation: Invocation) => Promise<Output>,
): (event: unknown, invocation: Invocation) => Promise<Output> {
  return async (event, invocation) => {
    let log = logger.createChild({ persistentKeys: { stage, request: invocation.awsRequestId } });
    const begun = Date.now();
    try {
      const input = parse(event);
      const { service, ...others } = identifiers(input);
      // The library has a field of its own for the service, which an ordinary key may not set.
      if (typeof service === 'string') log = log.createChild({ serviceName: service });
      log.appendKeys(others);
      const output = await run(input, invocation);
      log.info('done', { took: Date.now() - begun, answer: asObject(output)['kind'] ?? 'none' });
      return output;
    } catch (error) {
      const name = errorName(error);
      const said = error instanceof Error ? error.message : String(error);
      if (name === undefined) log.error('bug', { took: Date.now() - begun, error: error as Error });
      else log.warn(name, { took: Date.now() - begun, reason: said });
      throw error;
    }
  };
}
