/**
 * Names of executions. Separate because records, functions and the command line meet in them.
 */
import { digestOf } from './slug.ts';

/** `<id>-<service>-<generation>`: id ≤ 38, service ≤ 24, so at most 80 characters, the limit of Step Functions. */
export function executionName(environment: string, service: string, generation: number): string {
  return `${environment}-${service}-${String(generation)}`;
}

/**
 * The name for when the plain one is taken: 8 digits of a digest of the exact pair, which 38 + 24 + 3 + 7 leave room for.
 * Generations above 9,999,999 would not fit and are refused by Step Functions; nobody delivers a service so often.
 */
export function unmistakableExecutionName(environment: string, service: string, generation: number): string {
  return `${executionName(environment, service, generation)}-${digestOf(`${environment}/${service}`, 8)}`;
}
