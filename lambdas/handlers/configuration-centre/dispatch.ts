/** From an action to its use case. Separate from the composition in handler.ts, so that tests and the model go the same way. */
import type { ConfigurationCentreInput } from '../../contracts/inputs.ts';
import { changeConfiguration } from './change-configuration.ts';
import { judgeChange } from './judge-change.ts';
import type { CentrePorts } from './ports.ts';

/** Runs one action. */
export function runConfigurationCentre(ports: CentrePorts, input: ConfigurationCentreInput): Promise<object> {
  switch (input.action) {
    case 'change':
      return changeConfiguration(ports, input);
    case 'judge':
      return judgeChange(ports, input);
  }
}
