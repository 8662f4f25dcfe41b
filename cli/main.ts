/**
 * The command line: finds the command, opens the world for it, and turns what goes wrong into a sentence and an exit code
 * (0 done · 1 it could not be done · 2 it was asked wrongly). Separate from the commands, which never end the process.
 */
import { parseArguments, usage } from './arguments.ts';
import { CommandError } from './command.ts';
import { explain } from './explain.ts';
import { openWorld } from './open-world.ts';
import { terminalOutput } from './terminal.ts';

try {
  const asked = parseArguments(process.argv.slice(2));
  if (asked.kind === 'help') console.log(usage(asked.command));
  else
    await asked.command.run(
      await openWorld(asked.where, terminalOutput(asked.where.json)),
      asked.words,
      asked.switches,
      asked.options,
    );
} catch (error) {
  console.error(explain(error));
  process.exitCode = error instanceof CommandError ? error.exitCode : 1;
}
