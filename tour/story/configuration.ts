/**
 * Chapter 5: a change of the configuration reaches running services, one that they do not bear is taken back, a rotated secret arrives by
 * itself, one action goes back.
 */
import { CreateSecretCommand, PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { config } from '../../cli/commands/config.ts';
import type { World } from '../../cli/command.ts';
import { Deviation, expect, until } from '../deviation.ts';
import { linkOf, type Answered } from '../ask.ts';
import type { Stage } from '../stage.ts';
import type { Step } from '../story.ts';
import { note } from './shared-environment.ts';

const BRANCH = 'feature/greeting';
/** A sweep, and new pods on a busy machine. */
const ROTATED_SECONDS = 90;
const AGAIN_MS = 30_000;

/** Runs the command as it is typed, and answers the lines that it shows. */
async function type(stage: Stage, ...words: string[]): Promise<string> {
  stage.say(`$ npx espalier config ${words.join(' ')}`);
  const lines: string[] = [];
  const output = {
    show: (_json: unknown, shown: readonly string[]) => void lines.push(...shown),
    note: () => undefined,
  };
  const world: World = { ...stage.world, output };
  await config.run(world, words, new Set(), { author: 'tour', reason: 'shown by the tour' });
  return lines.join('\n');
}

/** The same for what must be refused; answers why. */
async function refused(stage: Stage, ...words: string[]): Promise<string> {
  try {
    await type(stage, ...words);
  } catch (error) {
    return (error as Error).message;
  }
  throw new Deviation('a refusal', words.join(' '));
}

const greetingOf = (answered: Answered): string | undefined =>
  (linkOf(answered) as { readonly greeting?: string } | undefined)?.greeting;

/** What orders says first in both environments. */
async function greetings({ record, get }: Stage): Promise<string[]> {
  return Promise.all(
    ['integration', BRANCH].map(async (branch) => {
      const url = (await record(branch))?.services['orders']?.applied?.url ?? '';
      return greetingOf(await get(url)) ?? 'nothing';
    }),
  );
}

/** Names of the processes that run, so that one which was started again is seen. */
async function startedAt({ record }: Stage): Promise<string> {
  const records = await Promise.all(['integration', BRANCH].map(record));
  return JSON.stringify(records.map((found) => found?.services['orders']?.applied?.generation));
}

export const configuration: readonly Step[] = [
  {
    title: 'change a greeting in integration: it is there in every branch, without a restart',
    async play(stage) {
      const { orders } = stage.shop;
      await orders.commit(BRANCH, 'Greet people', note('greeting'));
      await stage.answers(BRANCH, orders, await orders.push(BRANCH));
      const before = await startedAt(stage);
      const said = await type(stage, 'set', 'integration', 'orders', 'greeting=Welcome');
      expect(said.includes('confirmed'), 'every process has confirmed the change', said);
      const both = await greetings(stage);
      expect(both.join() === 'Welcome,Welcome', 'the new greeting in integration and in the branch', both);
      expect((await startedAt(stage)) === before, 'no delivery because of it', await startedAt(stage));
      return said;
    },
  },
  {
    title: 'say otherwise in the branch: only the branch hears it, and goes on hearing the rest',
    async play(stage) {
      await type(stage, 'set', 'feature-greeting', 'orders', 'greeting=Hey');
      const both = await greetings(stage);
      expect(both.join() === 'Welcome,Hey', 'the branch says otherwise', both);
      await type(stage, 'set', 'integration', 'orders', 'most=3');
      const seen = await type(stage, 'get', 'feature-greeting', 'orders');
      expect(/most +3 +integration/.test(seen), 'what the branch does not say comes from integration', seen);
      return seen;
    },
  },
  {
    title: 'a value that the service does not bear: taken back by itself, everywhere',
    async play(stage) {
      const said = await refused(stage, 'set', 'integration', 'orders', 'most=0');
      expect(said.includes('taken back'), 'the change is taken back', said);
      const seen = await type(stage, 'get', 'integration', 'orders');
      expect(/most +3 +integration/.test(seen), 'the value before', seen);
      const unknown = await refused(stage, 'set', 'integration', 'orders', 'mots=5');
      expect(unknown.includes('Did you mean "most"?'), 'an unknown key is refused', unknown);
      return said;
    },
  },
  {
    title: 'rotate a secret: the services that use it take it up by themselves',
    async play(stage) {
      const { orders } = stage.shop;
      const { endpoints, installation } = stage.laptop;
      const store = new SecretsManagerClient({
        endpoint: endpoints.aws,
        region: endpoints.region,
        credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
      });
      const SecretId = `${installation}/feature/orders/partner-key`;
      await store.send(new CreateSecretCommand({ Name: SecretId, SecretString: 'one' }));
      const file = await orders.read(`origin/${BRANCH}`, 'espalier.yaml');
      await orders.commit(BRANCH, 'The key of a partner', {
        'espalier.yaml': `${file.trimEnd()}\nsecrets: { PARTNER_KEY: orders/partner-key }\n`,
      });
      await stage.answers(BRANCH, orders, await orders.push(BRANCH));
      const before = await startedAt(stage);
      stage.say(`$ aws secretsmanager put-secret-value --secret-id ${SecretId} --secret-string …`);
      let put = 0;
      const since = Date.now();
      const said = await until('every process runs with the rotated secret', ROTATED_SECONDS, async (saw) => {
        // While a sweep runs no other begins: that of the next change finds both.
        if (Date.now() - put > AGAIN_MS) {
          await store.send(new PutSecretValueCommand({ SecretId, SecretString: `rotated ${String(since)}` }));
          put = Date.now();
        }
        const events = await stage.world.history.of('feature-greeting', { after: since });
        const words = events.filter(({ stage: of }) => of === 'configuration').map(({ message }) => message);
        saw(words);
        const taken = words.findIndex((message) => message.includes('its secrets have changed'));
        return taken < 0
          ? undefined
          : words.slice(taken).find((message) => message.includes('confirmed that they run'));
      });
      expect((await startedAt(stage)) === before, 'no delivery because of it', await startedAt(stage));
      store.destroy();
      return said;
    },
  },
  {
    title: 'go back with one action, and see who did what',
    async play(stage) {
      await type(stage, 'rollback', 'integration', 'orders', '0');
      const both = await greetings(stage);
      expect(both.join() === 'Hello,Hey', 'the greeting from before', both);
      const history = await type(stage, 'history', 'integration', 'orders');
      expect(
        history.includes('tour: shown by the tour') && history.includes('espalier: '),
        'authors and reasons',
        history,
      );
      await stage.shop.orders.deleteBranch(BRANCH);
      await stage.removed(BRANCH);
      return history;
    },
  },
];
