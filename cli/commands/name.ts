/** `name BRANCH`: the environment a branch has or would get. */
import type { Command } from '../command.ts';
import { nameOf } from '../environment-name.ts';
import { printable } from '../terminal.ts';

export const name: Command = {
  name: 'name',
  words: ['BRANCH'],
  switches: {},
  summary: 'the environment that a branch has or would get',
  async run(world, [branch = '']) {
    const answer = await nameOf(world, branch);
    world.output.show(
      { branch, ...answer },
      answer.kind === 'none'
        ? [`${printable(branch)} fits no pattern of the settings and gets no environment. Patterns: ${answer.rules}`]
        : [`${answer.id}${answer.kind === 'free' ? '    (would get; not delivered yet)' : ''}`],
    );
  },
};
