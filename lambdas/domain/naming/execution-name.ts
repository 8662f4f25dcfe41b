/**
 * Names of executions. Separate because records, functions and the command line meet in them.
 */

/** `<id>-<service>-<generation>`: id ≤ 38, service ≤ 24, so at most 80 characters, the limit of Step Functions. */
export function executionName(environment: string, service: string, generation: number): string {
  return `${environment}-${service}-${String(generation)}`;
}
