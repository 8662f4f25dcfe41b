/** What a service needs of other services. Separate because addresses, policies and the order of releases follow from it. */

/** A service that is called, or a component that the settings declare; with `api` only in this version of its interface. */
export type Dependency = string | { readonly name: string; readonly api: string };

/** What a service needs of others. */
export interface Needs {
  /** Whom it calls; each becomes `<NAME>_URL`. */
  readonly dependencies: readonly Dependency[];
}

/** Name of a dependency. */
export function nameOf(dependency: Dependency): string {
  return typeof dependency === 'string' ? dependency : dependency.name;
}

/** Names of all dependencies, in one order whatever the order in the service file. */
export function dependencyNames({ dependencies }: Needs): readonly string[] {
  return [...new Set(dependencies.map(nameOf))].toSorted();
}
