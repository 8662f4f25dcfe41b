/** From an action to its use case. Separate from the composition in handler.ts, so that tests and the model go the same way. */
import type { ConfigurationInput } from '../../contracts/inputs.ts';
import { applyConfiguration, keepKey } from './apply-configuration.ts';
import { compareConfiguration } from './compare-configuration.ts';
import { configureDelivery } from './configure-delivery.ts';
import { confirmConfiguration } from './confirm.ts';
import type { ConfigurationPorts } from './ports.ts';
import { registerTenant } from './register-tenant.ts';
import { removeTenant, withdrawConfiguration } from './withdraw.ts';

/** Runs one action. */
export function runConfiguration(ports: ConfigurationPorts, input: ConfigurationInput): Promise<object> {
  switch (input.action) {
    case 'register-tenant':
      return registerTenant(ports, input.delivery);
    case 'configure':
      return configureDelivery(ports, input.delivery, input.side);
    case 'keep-key':
      return keepKey(ports, input.environment);
    case 'apply-configuration':
      return applyConfiguration(ports, input);
    case 'confirm':
      return confirmConfiguration(ports, input);
    case 'withdraw-configuration':
      return withdrawConfiguration(ports, input.claim);
    case 'remove-tenant':
      return removeTenant(ports, input.environment);
    case 'compare-configuration':
      return compareConfiguration(ports);
  }
}
