/** What a service needs of other services. Separate because addresses, policies and the order of releases follow from it. */

/** What a service needs of others. */
export interface Needs {
  /** Names of the services it calls; each becomes `<NAME>_URL`. */
  readonly dependencies: readonly string[];
}
