/** From an action to its use case. Separate from the composition in handler.ts, so that tests go the same way. */
import type { EnvironmentInput } from '../../contracts/inputs.ts';
import type { EnvironmentPorts } from './ports.ts';
import { prepareEnvironment } from './prepare-environment.ts';
import { removeNamespace } from './remove-namespace.ts';
import { removeObjects } from './remove-objects.ts';
import { removeOrphan } from './remove-orphan.ts';

/** Runs one action of environment. */
export function runEnvironment(ports: EnvironmentPorts, input: EnvironmentInput): Promise<object> {
  switch (input.action) {
    case 'prepare':
      return prepareEnvironment(ports, input.delivery);
    case 'remove-objects':
      return removeObjects(ports, input.removal);
    case 'remove-namespace':
      return removeNamespace(ports, input.removal);
    case 'remove-orphan':
      return removeOrphan(ports, input.namespace);
  }
}
