/** Who asks for a write, of what and how: what travels with a request through all steps. Separate because every step reads it. */
import type { Resource } from './table.ts';

/** Where an object is: its resource, its namespace unless it has none, its name. */
export interface Place {
  readonly resource: Resource;
  readonly namespace: string | undefined;
  readonly name: string;
}

/** The time in the precision that objects carry. */
export const timestamp = (milliseconds = Date.now()): string =>
  new Date(milliseconds).toISOString().replace(/\.\d+Z$/, 'Z');

/** Who a request comes from. */
export interface User {
  readonly username: string;
  readonly groups: readonly string[];
}

/** One request to change something. */
export interface Attempt {
  readonly user: User;
  readonly manager: string;
  readonly dryRun: boolean;
  readonly validation: 'Strict' | 'Warn' | 'Ignore';
  /** Told to the client beside the answer. */
  readonly warnings: string[];
}

/** Members of this group may do everything. */
export const masters = 'system:masters';

/** How controllers in this process write. */
export const controllerAttempt: Attempt = {
  user: { username: 'system:kube-controller-manager', groups: [masters, 'system:authenticated'] },
  manager: 'kube-controller-manager',
  dryRun: false,
  validation: 'Ignore',
  warnings: [],
};
