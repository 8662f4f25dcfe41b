/** All commands, in the order in which the usage shows them. */
import type { Command } from './command.ts';
import { cluster } from './commands/cluster.ts';
import { config } from './commands/config.ts';
import { decide } from './commands/decide.ts';
import { deliver } from './commands/deliver.ts';
import { environments } from './commands/environments.ts';
import { events } from './commands/events.ts';
import { fault } from './commands/fault.ts';
import { name } from './commands/name.ts';
import { release } from './commands/release.ts';
import { remove } from './commands/remove.ts';
import { render } from './commands/render.ts';
import { rollout } from './commands/rollout.ts';
import { services } from './commands/services.ts';
import { show } from './commands/show.ts';
import { validate } from './commands/validate.ts';

export const COMMANDS: readonly Command[] = [
  environments,
  show,
  services,
  events,
  name,
  rollout,
  decide,
  release,
  config,
  deliver,
  remove,
  fault,
  cluster,
  validate,
  render,
];
