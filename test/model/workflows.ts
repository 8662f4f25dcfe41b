/**
 * The three state machines as plain functions, quick enough for thousands of runs. Separate from the synthesized definitions, which
 * `definitions.ts` runs in the same world.
 */
import type {
  AppliedConfiguration,
  BuildAnswer,
  Claim,
  ClaimAnswer,
  Delivery,
  PlanAnswer,
  RemovalClaim,
  SweepItem,
  WaitAnswer,
} from '../../lambdas/contracts/payloads.ts';
import type { FailureAnswer, FailureSubject, RegisteredAnswer, TaskError } from '../../lambdas/contracts/inputs.ts';
import { TIERS, type Tier } from '../../lambdas/contracts/kinds.ts';
import { errorName } from '../../lambdas/domain/errors.ts';
import type { StartedExecution } from '../fakes/executions.ts';
import { runBuildMachine } from './build-machine.ts';
import { Killed } from './scheduler.ts';
import type { Asked, World } from './world.ts';

/** As many as the policy of most tasks allows. */
const ATTEMPTS = 11;
const ROUNDS = 40;

/** A task that failed for good. */
class TaskFailed extends Error {
  readonly error: TaskError;
  constructor(error: TaskError) {
    super(error.Error);
    this.error = error;
  }
}

/** Runs one execution to its end, whatever happens to it. */
export async function runExecution(world: World, started: StartedExecution): Promise<void> {
  try {
    const input: unknown = JSON.parse(started.input);
    const { tier, execution } = started;
    if (started.workflow === 'deliver-service') await deliver(world, execution, tier, input as Delivery);
    else await withdraw(world, execution, tier, input as Claim);
  } catch (error) {
    if (!(error instanceof TaskFailed)) throw error;
  } finally {
    started.running = false;
  }
}

async function deliver(world: World, execution: string, tier: Tier, input: Delivery): Promise<void> {
  let subject: FailureSubject = input;
  await guarded(
    world,
    execution,
    () => subject,
    async () => {
      const claimed = (await task(world, {
        to: 'intake',
        input: { action: 'claim-delivery', input, execution },
      })) as ClaimAnswer;
      if (claimed.kind !== 'claimed') return;
      const { delivery } = claimed;
      subject = delivery;
      await told(world, { to: 'notice', input: { action: 'announce', what: 'building', claim: delivery, execution } });
      await task(world, { to: 'environment', input: { action: 'prepare', delivery, execution } });
      const digest = await image(world, execution, delivery);
      const tenant = (await task(world, {
        to: 'configuration',
        tier,
        input: { action: 'register-tenant', delivery, execution },
      })) as RegisteredAnswer;
      await task(world, { to: 'intake', input: { action: 'record-name', claim: delivery, execution } });
      const { side } = (await task(world, {
        to: 'rollout',
        input: { action: 'plan-rollout', delivery, digest, execution },
      })) as PlanAnswer;
      if (tenant.secrets) await task(world, { to: 'secrets', input: { action: 'seal', delivery, execution } });
      await task(world, { to: 'configuration', tier, input: { action: 'configure', delivery, side, execution } });
      await task(world, { to: 'rollout', input: { action: 'open-route', delivery, side, execution } });
      await task(world, { to: 'deploy', input: { action: 'apply', delivery, digest, side, beside: false, execution } });
      await until(world, { to: 'deploy', input: { action: 'await-pods', delivery, digest, side, execution } });
      await task(world, { to: 'deploy', input: { action: 'check-contract', delivery, side, execution } });
      await task(world, { to: 'rollout', input: { action: 'point-traffic', delivery, side, execution } });
      const seen = await task(world, {
        to: 'rollout',
        input: { action: 'read-back', delivery, digest, side, execution },
      });
      const { url } = seen as { readonly url: string };
      const { commit } = delivery;
      await task(world, {
        to: 'intake',
        input: { action: 'record-applied', claim: delivery, digest, commit, side, url, execution },
      });
      await told(world, {
        to: 'notice',
        input: { action: 'announce', what: 'ready', claim: delivery, url, execution },
      });
    },
  );
}

async function image(world: World, execution: string, delivery: Delivery): Promise<string> {
  for (let round = 0; round < ROUNDS; round += 1) {
    const answer = (await task(world, {
      to: 'build',
      input: { action: 'claim-build', delivery, execution },
    })) as BuildAnswer;
    if (answer.kind === 'built') return answer.digest;
    if (answer.kind === 'start') {
      const failed = await runBuildMachine(world, answer.request);
      if (failed !== undefined) {
        await task(world, { to: 'build', input: { action: 'explain-failure', delivery, error: failed, execution } }, 1);
      }
      const built = await task(world, { to: 'build', input: { action: 'record-build', delivery, execution } });
      return (built as { readonly digest: string }).digest;
    }
    await world.scheduler.sleep(answer.seconds * 1_000);
  }
  throw new TaskFailed({ Error: 'TransientError', Cause: '{"errorMessage":"Another delivery builds for too long."}' });
}

async function withdraw(world: World, execution: string, tier: Tier, input: Claim): Promise<void> {
  let subject: FailureSubject = input;
  await guarded(
    world,
    execution,
    () => subject,
    async () => {
      const claimed = (await task(world, {
        to: 'intake',
        input: { action: 'claim-withdrawal', input, execution },
      })) as ClaimAnswer;
      if (claimed.kind === 'withdraw') {
        subject = claimed.claim;
        await withdrawOne(world, execution, tier, claimed.claim);
      } else if (claimed.kind === 'remove') {
        subject = claimed.removal;
        await removeAll(world, execution, claimed.removal);
      }
    },
  );
}

async function withdrawOne(world: World, execution: string, tier: Tier, claim: Claim): Promise<void> {
  await task(world, { to: 'build', input: { action: 'stop-builds', claim, execution } });
  await task(world, { to: 'rollout', input: { action: 'close-route', claim, execution } });
  await task(world, { to: 'rollout', input: { action: 'close-services', claim, execution } });
  await task(world, { to: 'deploy', input: { action: 'withdraw', claim, execution } });
  await task(world, { to: 'configuration', tier, input: { action: 'withdraw-configuration', claim, execution } });
  await task(world, { to: 'intake', input: { action: 'record-withdrawn', claim, execution } });
  await told(world, { to: 'notice', input: { action: 'announce', what: 'withdrawn', claim, execution } });
}

async function removeAll(world: World, execution: string, removal: RemovalClaim): Promise<void> {
  await task(world, { to: 'build', input: { action: 'stop-builds', claim: removal, execution } });
  await task(world, { to: 'environment', input: { action: 'remove-objects', removal, execution } });
  await until(world, { to: 'environment', input: { action: 'remove-namespace', removal, execution } });
  await removeTenant(world, execution, removal.environment);
  await task(world, { to: 'intake', input: { action: 'record-removed', removal, execution } });
  await told(world, { to: 'notice', input: { action: 'announce', what: 'removed', claim: removal, execution } });
}

async function removeTenant(world: World, execution: string, environment: string): Promise<void> {
  await task(world, { to: 'secrets', input: { action: 'delete-generated', environment, execution } });
  await task(world, {
    to: 'configuration',
    tier: 'branch',
    input: { action: 'remove-tenant', environment, execution },
  });
}

/** What *apply configuration* does in one environment; its judgement is nobody's business here. */
async function bringConfiguration(world: World, execution: string, environment: string): Promise<void> {
  const tier = environment === 'integration' ? 'lasting' : 'branch';
  const all = { environment, service: null, execution } as const;
  await task(world, { to: 'configuration', tier, input: { action: 'keep-key', environment, execution } });
  await task(world, { to: 'secrets', input: { action: 'seal-again', ...all } });
  const { sides } = (await task(world, {
    to: 'configuration',
    tier,
    input: { action: 'apply-configuration', ...all },
  })) as AppliedConfiguration;
  await task(world, { to: 'configuration', tier, input: { action: 'confirm', environment, sides, execution } });
}

/** One sweep; answers whether it had the lease. */
export async function runSweepMachine(world: World, execution: string): Promise<void> {
  const begun = (await task(world, { to: 'sweep', input: { action: 'begin', execution } })) as {
    readonly kind: string;
  };
  if (begun.kind === 'busy') return;
  const none = { items: [] as SweepItem[], questions: [] as string[] };
  const cluster = ((await orElse(none, () =>
    task(world, { to: 'sweep-cluster', input: { action: 'compare-namespaces', execution } }),
  )) ?? none) as typeof none;
  const branches = ((await orElse(none, () =>
    task(world, { to: 'sweep', input: { action: 'compare-branches', execution } }),
  )) ?? none) as typeof none;
  const configuration: SweepItem[] = [];
  for (const tier of TIERS) {
    const compared = (await orElse(none, () =>
      task(world, { to: 'configuration', tier, input: { action: 'compare-configuration', execution } }),
    )) as typeof none;
    const rotated = (await orElse(none, () =>
      task(world, { to: 'secrets', input: { action: 'compare-secrets', execution } }),
    )) as typeof none;
    configuration.push(...compared.items, ...rotated.items);
  }
  for (const item of [...cluster.items, ...branches.items, ...configuration])
    await orElse(undefined, () => putRight(world, execution, item));
  const questions = [...cluster.questions, ...branches.questions];
  await task(world, { to: 'sweep', input: { action: 'finish', execution, questions, failures: [] } });
}

function putRight(world: World, execution: string, item: SweepItem): Promise<unknown> {
  switch (item.kind) {
    case 'look':
      return task(world, { to: 'intake', input: { action: 'look', repository: item.repository, branch: item.branch } });
    case 'resume':
      return task(world, { to: 'intake', input: { action: 'resume', environment: item.environment } });
    case 'remove-orphan':
      return task(world, {
        to: 'environment',
        input: { action: 'remove-orphan', namespace: item.namespace, execution },
      });
    case 'configure':
      return bringConfiguration(world, execution, item.environment);
    case 'remove-tenant':
      return removeTenant(world, execution, item.environment);
  }
}

async function orElse(otherwise: unknown, work: () => Promise<unknown>): Promise<unknown> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof TaskFailed) return otherwise;
    throw error;
  }
}

/** The failure path: quietly when superseded, else recorded and told. */
async function guarded(
  world: World,
  execution: string,
  subject: () => FailureSubject,
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof TaskFailed)) throw error;
    const claim = subject();
    if (error.error.Error === 'SupersededError') {
      await task(world, { to: 'intake', input: { action: 'step-aside', claim, execution } });
      return;
    }
    const failure = (await task(world, {
      to: 'intake',
      input: { action: 'record-failure', claim, error: error.error, execution },
    })) as FailureAnswer;
    await told(world, { to: 'notice', input: { action: 'announce', what: 'failed', claim, failure, execution } });
  }
}

/** A task with its retries: passing trouble is tried again, everything else fails for good. */
async function task(world: World, asked: Asked, attempts: number = ATTEMPTS): Promise<unknown> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await world.ask(asked);
    } catch (error) {
      if (error instanceof Killed) throw error;
      const name = errorName(error);
      // A bug must not hide behind the failure path.
      if (name === undefined) throw error;
      const { message } = error as Error;
      if (name !== 'TransientError' || attempt >= attempts) {
        throw new TaskFailed({ Error: name, Cause: JSON.stringify({ errorType: name, errorMessage: message }) });
      }
      await world.scheduler.sleep(Math.min(1_000 * 2 ** attempt, 20_000));
    }
  }
}

/** Telling is never a reason to fail. */
async function told(world: World, asked: Asked): Promise<void> {
  await orElse(undefined, () => task(world, asked));
}

async function until(world: World, asked: Asked): Promise<void> {
  let waitingOn = '';
  for (let round = 0; round < ROUNDS; round += 1) {
    const answer = (await task(world, asked)) as WaitAnswer;
    if (answer.kind === 'ready') return;
    waitingOn = answer.on;
  }
  throw new TaskFailed({
    Error: 'TransientError',
    Cause: JSON.stringify({ errorMessage: `still waiting: ${waitingOn}` }),
  });
}
