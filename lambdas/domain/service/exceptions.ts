/** Rules for containers that a service breaks on purpose, for a while. Separate because every exception has an end. */

/** The rules for containers, by the words with which exceptions and messages name them. */
export const CONTAINER_RULES = [
  'root-user',
  'latest',
  'missing-digest',
  'writable-root',
  'ip-literal',
  'secret-in-variable',
  'secret-in-history',
  'image-size',
  'layer-size',
] as const;
export type ContainerRule = (typeof CONTAINER_RULES)[number];

/** A rule that is broken on purpose. */
export interface RuleException {
  readonly rule: ContainerRule;
  readonly reason: string;
  /** Last day on which it counts, `2026-12-31`. */
  readonly until: string;
}

/** Declared exceptions. */
export interface Exceptions {
  readonly exceptions?: readonly RuleException[];
}
