/** Chapter 7: a branch name that tries to be a command, a message and a path. */
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from '../deviation.ts';
import type { Stage } from '../stage.ts';
import type { Step } from '../story.ts';
import { note } from './shared-environment.ts';

/** A valid branch name: git forbids spaces, `..` and `:`, and hardly anything else. */
const BRANCH = 'feature/$(touch$IFS/tmp/pwned)`id`;\'"<!channel>日本語';

/** Pushes it to web; answers the link. */
export async function pushHostileName({ shop: { web }, answers, laptop }: Stage): Promise<string> {
  await web.commit(BRANCH, 'Nothing to see here', note('hostile'));
  const { environment, link } = await answers(BRANCH, web, await web.push(BRANCH));
  expect(/^[a-z0-9-]{1,38}$/.test(environment), 'an id of harmless characters', environment);
  const written = laptop.lastLines(2_000).filter((line) => line.includes('<!channel>'));
  expect(written.length === 0, 'no notice that calls the whole channel', written);
  for (const place of ['/tmp/pwned', join(laptop.directory, 'pwned')]) {
    const exists = await access(place).then(
      () => true,
      () => false,
    );
    expect(!exists, `no file ${place}`, 'it is there');
  }
  return `${link}  (nothing was executed)`;
}

export const hostileNames: readonly Step[] = [
  {
    title: 'delete the hostile branch: removed',
    async play({ shop: { web }, removed }) {
      await web.deleteBranch(BRANCH);
      await removed(BRANCH);
      return 'routes, objects and namespace gone';
    },
  },
];
