/**
 * What people push: versions of the two services that go well, that fail in each way there is, and that are rolled out by each kind of
 * plan. Separate because the dice choose among them, and the agreement at the end must know what may fail.
 */
import { SERVICE_FILE } from '../../lambdas/domain/service/definition.ts';
import type { Repository } from './places.ts';
import type { World } from './world.ts';

/** A file that makes the build of its commit fail. */
export const BREAKS_THE_BUILD = 'broken';
/** Files that let the pods of a commit never become ready, and its measurements be bad. */
export const CRASHES = 'crashes';
export const MEASURES_BADLY = 'unhealthy';
/** A value of the configuration with which `orders` is not well. */
export const POISON = 'poison';
/** Path on which `orders` says whether it is well. */
export const SELF_CHECK = '/self-check';
/** What `orders` says when no layer says otherwise. */
export const DEFAULTS = { greeting: 'Hello', limit: 1 } as const;

/** `orders` has a configuration and a secret of its own; `web` calls it, and borrows it where it is missing. */
const OWN: Readonly<Record<Repository, object>> = {
  orders: {
    selfCheck: SELF_CHECK,
    configuration: {
      subscribe: true,
      keys: {
        greeting: { type: 'text', default: DEFAULTS.greeting },
        limit: { type: 'number', default: DEFAULTS.limit },
      },
    },
    generate: { TOKEN: 'token' },
  },
  web: { dependencies: ['orders'] },
};

const KEEP = { keep: '60s', interval: '5s' } as const;
const MEASURED = { metrics: [{ kind: 'error-count', success: '<= 0' }] } as const;

const PLANS = {
  canary: {
    strategy: 'canary',
    ...KEEP,
    steps: [{ weight: 10 }, { pause: '30s' }, { weight: 50 }, { pause: '30s' }, { weight: 100 }],
  },
  'canary that asks': {
    strategy: 'canary',
    ...KEEP,
    steps: [{ weight: 20 }, { pause: 'until-approved', within: '10m' }, { weight: 100 }],
  },
  'measured canary': {
    strategy: 'canary',
    ...KEEP,
    ...MEASURED,
    steps: [{ weight: 10 }, { analyse: '20s' }, { weight: 100 }],
  },
  'blue-green': {
    strategy: 'blue-green',
    ...KEEP,
    ...MEASURED,
    preview: true,
    before: { analyse: '10s' },
    after: { analyse: '10s' },
  },
  'blue-green that asks': { strategy: 'blue-green', ...KEEP, ask: { question: 'Now?', within: '10m' } },
  dark: { strategy: 'blue-green', ...KEEP, dark: { expires: '1h' } },
} as const;

/** A kind of commit, how often it is pushed, and what is in it. */
interface Kind {
  readonly often: number;
  readonly plan?: keyof typeof PLANS;
  readonly marks?: readonly string[];
  /** There is no service file. */
  readonly nothing?: true;
}

const KINDS: readonly Kind[] = [
  { often: 8 },
  { often: 4, plan: 'canary' },
  { often: 2, plan: 'canary that asks' },
  { often: 2, plan: 'measured canary' },
  { often: 2, plan: 'blue-green' },
  { often: 1, plan: 'blue-green that asks' },
  { often: 1, plan: 'dark' },
  { often: 1, plan: 'measured canary', marks: [MEASURES_BADLY] },
  { often: 1, plan: 'blue-green', marks: [MEASURES_BADLY] },
  { often: 1, plan: 'canary', marks: [CRASHES] },
  { often: 1, marks: [CRASHES] },
  { often: 1, marks: [BREAKS_THE_BUILD] },
  { often: 1, nothing: true },
];

/** Files of a commit, by dice. */
export function filesOf(repository: Repository, random: () => number): Readonly<Record<string, string>> {
  let thrown = random() * KINDS.reduce((sum, { often }) => sum + often, 0);
  const kind = KINDS.find(({ often }) => (thrown -= often) < 0) ?? KINDS[0];
  if (kind === undefined || kind.nothing === true) return {};
  const { plan, marks = [] } = kind;
  const file = { name: repository, ...OWN[repository], ...(plan !== undefined && { rollout: PLANS[plan] }) };
  // JSON is YAML.
  return { [SERVICE_FILE]: JSON.stringify(file), ...Object.fromEntries(marks.map((mark) => [mark, 'yes'])) };
}

/** Whether a commit has a mark. */
export function isMarked({ git }: World, repository: string, commit: string, mark: string): boolean {
  return git.files(repository, commit)?.[mark] !== undefined;
}

/** Why nobody may expect that a commit is ever applied by itself; undefined when there is no reason. */
export function whatIsWrong(world: World, repository: string, commit: string): string | undefined {
  const files = world.git.files(repository, commit) ?? {};
  if (files[SERVICE_FILE] === undefined) return 'no service file';
  return [BREAKS_THE_BUILD, CRASHES, MEASURES_BADLY].find((mark) => files[mark] !== undefined);
}
