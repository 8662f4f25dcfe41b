/** From an action to its use case. Separate from the composition in handler.ts, so that tests and the model go the same way. */
import type { SecretsInput } from '../../contracts/inputs.ts';
import { compareSecrets } from './compare-secrets.ts';
import { deleteGenerated } from './delete-generated.ts';
import type { SecretsPorts } from './ports.ts';
import { sealAgain, sealForDelivery } from './seal-secrets.ts';

/** Runs one action. */
export function runSecrets(ports: SecretsPorts, input: SecretsInput): Promise<object> {
  switch (input.action) {
    case 'seal':
      return sealForDelivery(ports, input.delivery);
    case 'seal-again':
      return sealAgain(ports, input);
    case 'compare-secrets':
      return compareSecrets(ports);
    case 'delete-generated':
      return deleteGenerated(ports, input.environment);
  }
}
