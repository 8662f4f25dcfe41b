/**
 * From words on the command line to a command with everything it needs, or a sentence about what is wrong with them.
 */
import { parseArgs } from 'node:util';
import { nearest } from '../lambdas/domain/naming/nearest.ts';
import { CommandError, type Command } from './command.ts';
import { COMMANDS } from './commands.ts';
import type { Place } from './open-world.ts';
import { printable } from './terminal.ts';

/** Where the installation is that a command speaks to, and in which form it answers. */
export interface Where extends Place {
  readonly json: boolean;
}

export type Asked =
  | { readonly kind: 'help'; readonly command?: Command }
  | {
      readonly kind: 'run';
      readonly command: Command;
      readonly words: readonly string[];
      readonly switches: ReadonlySet<string>;
      readonly options: Readonly<Record<string, string>>;
      readonly where: Where;
    };

const COMMON = {
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
  local: { type: 'string' },
  installation: { type: 'string' },
  settings: { type: 'string', default: 'settings.yaml' },
} as const;

/** Throws a CommandError with exit code 2 for what cannot be meant. */
export function parseArguments(given: readonly string[]): Asked {
  const [name] = given.filter((word) => !word.startsWith('-'));
  const command = COMMANDS.find((known) => known.name === name);
  const own = {
    ...Object.fromEntries(Object.keys(command?.switches ?? {}).map((key) => [key, { type: 'boolean' }] as const)),
    ...Object.fromEntries(Object.keys(command?.options ?? {}).map((key) => [key, { type: 'string' }] as const)),
  };
  const { values, positionals } = parse(given, own, command);
  if (values['help'] === true || positionals.length === 0) {
    return { kind: 'help', ...(command !== undefined && { command }) };
  }
  const [first = '', ...words] = positionals;
  if (command === undefined || first !== command.name) throw unknownCommand(first);
  const needed = command.words.filter((word) => !word.startsWith('['));
  const most = command.words.at(-1)?.includes('…') === true ? Infinity : command.words.length;
  if (words.length < needed.length || words.length > most) {
    throw new CommandError(`${command.name} takes ${command.words.join(' ') || 'no words'}.\n\n${usage(command)}`, 2);
  }
  const options = givenOptions(command, values);
  return {
    kind: 'run',
    command,
    words,
    options,
    switches: new Set(Object.keys(own).filter((key) => values[key] === true)),
    where: {
      json: values['json'] === true,
      settings: String(values['settings']),
      installation: typeof values['installation'] === 'string' ? values['installation'] : 'espalier',
      ...(typeof values['local'] === 'string' && { local: values['local'] }),
    },
  };
}

/** The options with a value that were given; a CommandError for one that is needed and lacks. */
function givenOptions(command: Command, values: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  const own = Object.entries(command.options ?? {});
  const missing = own.find(([key, { needed }]) => needed === true && values[key] === undefined);
  if (missing !== undefined) {
    const [key, { value }] = missing;
    throw new CommandError(`${command.name} needs --${key} ${value}.\n\n${usage(command)}`, 2);
  }
  return Object.fromEntries(
    own.flatMap(([key]) => {
      const value = values[key];
      return typeof value === 'string' ? [[key, value] as const] : [];
    }),
  );
}

function parse(
  given: readonly string[],
  own: Readonly<Record<string, { readonly type: 'boolean' | 'string' }>>,
  command: Command | undefined,
): { readonly values: Readonly<Record<string, unknown>>; readonly positionals: readonly string[] } {
  try {
    return parseArgs({ args: [...given], options: { ...COMMON, ...own }, allowPositionals: true, strict: true });
  } catch (error) {
    const said = error instanceof Error ? error.message.split('. ')[0] : String(error);
    const option = /'(--?[^' ]+)/.exec(String(said))?.[1]?.replace(/^-+/, '');
    const guess = option === undefined ? undefined : nearest(option, [...Object.keys(COMMON), ...Object.keys(own)]);
    const hint = guess === undefined || guess === option ? '' : ` Did you mean --${guess}?`;
    throw new CommandError(`${printable(String(said))}.${hint}\n\n${usage(command)}`, 2);
  }
}

function unknownCommand(name: string): CommandError {
  const guess = nearest(
    name,
    COMMANDS.map((known) => known.name),
  );
  const hint = guess === undefined ? '' : ` Did you mean ${guess}?`;
  return new CommandError(`There is no command ${printable(name)}.${hint}\n\n${usage()}`, 2);
}

/** How to call one command, or all of them. */
export function usage(command?: Command): string {
  const commands = command === undefined ? COMMANDS : [command];
  const calls = commands.map((known) => [[known.name, ...known.words].join(' '), known.summary] as const);
  const switches = commands.flatMap((known) =>
    Object.entries(known.switches).map(([key, meaning]) => [`--${key}`, `${known.name}: ${meaning}`] as const),
  );
  const options = commands.flatMap((known) =>
    Object.entries(known.options ?? {}).map(
      ([key, { value, meaning }]) => [`--${key} ${value}`, `${known.name}: ${meaning}`] as const,
    ),
  );
  const common = [
    ['--json', 'one JSON document per result, for programs'],
    ['--local DIR', 'the laptop that `npm run local -- --state DIR` started'],
    ['--installation NAME', 'which installation of the account (default: espalier)'],
    ['--settings FILE', 'settings file, for names that no environment has yet (default: settings.yaml)'],
  ] as const;
  const column = (rows: readonly (readonly [string, string])[]): string[] =>
    rows.map(([left, right]) => `  ${left.padEnd(28)} ${right}`);
  return [
    'npx espalier COMMAND [OPTIONS]',
    '',
    ...column(calls),
    '',
    ...column([...switches, ...options, ...common]),
    '',
    'Account and region come from the AWS SDK: AWS_PROFILE, AWS_REGION, AWS_ENDPOINT_URL.',
  ].join('\n');
}
