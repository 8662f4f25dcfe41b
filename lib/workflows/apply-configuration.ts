/**
 * The state machine *apply configuration*: saves a change of a layer and brings it to every environment below, until each process says
 * that it runs it; or takes it back when one does not bear it. People start it in the console or by `npx espalier config`, the sweep
 * for what was missed. Read it top to bottom.
 *
 * Variables: `$change` (what is brought where), `$results`, `$verdict`, `$error`; in each environment `$item`, `$sides`,
 * `$rounds`, `$missed`.
 */
import { Duration } from 'aws-cdk-lib';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import {
  Choice,
  Condition,
  Errors,
  Fail,
  Map,
  Pass,
  ProvideItems,
  Succeed,
  type IChainable,
} from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { REJECTED_ERROR, SUPERSEDED_ERROR } from '../../lambdas/contracts/errors.ts';
import type {
  ConfigurationCentreInput,
  ConfigurationInput,
  NoticeInput,
  SecretsInput,
} from '../../lambdas/contracts/inputs.ts';
import type { Tier } from '../../lambdas/contracts/kinds.ts';
import { Ask } from './ask.ts';
import { ANSWER, EXECUTION_INPUT } from './expressions.ts';

export interface ApplyConfigurationParts {
  readonly centre: IFunction;
  readonly notice: IFunction;
  /** Functions of each tier. */
  readonly configuration: Readonly<Record<Tier, IFunction>>;
  readonly secrets: Readonly<Record<Tier, IFunction>>;
}

/** Environments at once: gentle to the cluster, and fifty of them still within seconds. */
const CONCURRENCY = 10;
/**
 * Rounds in which the function itself looks for up to 20 s: two minutes, twice the minute by which a mounted file may lag. At 10 events a
 * round an environment is 100 of the 25,000 events that an execution may have, and a change that is taken back goes round twice.
 */
const CONFIRM_ROUNDS = 6;
/** The same while pods are replaced one after the other: ten minutes, as for a delivery; a Deployment that does not progress fails before. */
const REPLACE_ROUNDS = 30;

/** Pods that are replaced, and retries, for as many environments as follow each other. */
export const APPLY_CONFIGURATION_TIMEOUT = Duration.hours(2);

/** The definition; its first state. */
export function applyConfiguration(scope: Construct, parts: ApplyConfigurationParts): IChainable {
  const failed = Fail.jsonata(scope, 'The change failed', {
    // Nobody's trouble but that of the person who wanted it: no alarm.
    error: `{% $error.Error = '${REJECTED_ERROR}' ? 'rejected' : $error.Error %}`,
    cause: '{% $error.Cause %}',
  });
  const guard = <Task extends Ask<unknown> | Map>(task: Task): Task => {
    task.addCatch(failed, { errors: [Errors.ALL], assign: { error: '{% $states.errorOutput %}' } });
    return task;
  };

  const change = guard(
    new Ask<ConfigurationCentreInput>(scope, 'Save the change', parts.centre, {
      input: { action: 'change', input: EXECUTION_INPUT },
      assign: { change: ANSWER },
    }),
  );
  const bring = guard(
    Map.jsonata(scope, 'Bring it to every environment', {
      maxConcurrency: CONCURRENCY,
      items: ProvideItems.jsonata('{% [$change.items] %}'),
      assign: { results: '{% [$states.result] %}' },
      outputs: {},
    }).itemProcessor(bringToOne(scope, parts)),
  );
  const judge = guard(
    new Ask<ConfigurationCentreInput>(scope, 'Judge what became of it', parts.centre, {
      input: {
        action: 'judge',
        saved: '{% $exists($change.saved) ? $change.saved : null %}',
        results: '{% $results %}',
      },
      assign: { verdict: ANSWER },
    }),
  );
  const takeBack = Pass.jsonata(scope, 'Take it back', { outputs: {}, assign: { change: '{% $verdict %}' } });
  const confirmed = Succeed.jsonata(scope, 'Confirmed', {
    outputs: { kind: 'confirmed', message: "{% $change.message & '; ' & $verdict.message %}" },
  });
  const refused = Fail.jsonata(scope, 'The change is refused', { error: 'rejected', cause: '{% $change.reason %}' });
  const returned = Fail.jsonata(scope, 'The change was taken back', {
    error: 'rejected',
    cause: '{% $verdict.reason %}',
  });
  const tell = new Ask<NoticeInput>(scope, 'Tell people that it was taken back', parts.notice, {
    input: { action: 'announce', what: 'taken-back', takenBack: '{% $verdict.takenBack %}' },
  });
  const untold = Fail.jsonata(scope, 'It was taken back, and nobody could be told', {
    error: 'notice-lost',
    cause: '{% $verdict.reason %}',
  });
  const incomplete = Fail.jsonata(scope, 'Not everywhere yet', {
    error: 'configuration-incomplete',
    cause: '{% $verdict.reason %}',
  });

  const saved = Choice.jsonata(scope, 'Is it saved?')
    .when(Condition.jsonata("{% $change.kind = 'apply' %}"), bring)
    .otherwise(refused);
  const judged = Choice.jsonata(scope, 'Does it stay?')
    .when(Condition.jsonata("{% $verdict.kind = 'confirmed' %}"), confirmed)
    .when(Condition.jsonata("{% $verdict.kind = 'apply' %}"), takeBack)
    .when(Condition.jsonata("{% $verdict.kind = 'rolled-back' %}"), tell)
    .otherwise(incomplete);

  change.next(saved);
  bring.next(judge);
  judge.next(judged);
  takeBack.next(bring);
  tell.addCatch(untold);
  tell.next(returned);
  return change;
}

/** One environment: its functions are those of its tier. Whatever happens here is an answer, so that the others go on. */
function bringToOne(scope: Construct, parts: ApplyConfigurationParts): IChainable {
  return Choice.jsonata(scope, 'Of which tier is it?')
    .when(Condition.jsonata("{% $states.input.tier = 'branch' %}"), bringTo(scope, parts, 'branch'), {
      assign: { item: '{% $states.input %}' },
    })
    .when(Condition.jsonata("{% $states.input.tier = 'lasting' %}"), bringTo(scope, parts, 'lasting'), {
      assign: { item: '{% $states.input %}' },
    });
}

function bringTo(scope: Construct, parts: ApplyConfigurationParts, tier: Tier): IChainable {
  const where = `a ${tier} environment`;
  const environment = '{% $item.environment %}';
  const gone = Pass.jsonata(scope, `Leave ${where} that goes`, {
    outputs: { environment, kind: 'confirmed', processes: 0, left: ["{% $item.environment & ' is on its way out' %}"] },
  });
  const trouble = Pass.jsonata(scope, `Leave ${where} to the sweep`, {
    outputs: { environment, kind: 'trouble', because: '{% $exists($missed.Cause) ? $missed.Cause : $missed.Error %}' },
  });
  const ask = <Input>(task: Ask<Input>): Ask<Input> => {
    task.addCatch(gone, { errors: [SUPERSEDED_ERROR] });
    task.addCatch(trouble, { errors: [Errors.ALL], assign: { missed: '{% $states.errorOutput %}' } });
    return task;
  };
  const service = '{% $exists($item.service) ? $item.service : null %}';
  const keepKey = ask(
    new Ask<ConfigurationInput>(scope, `Keep the key of ${where}`, parts.configuration[tier], {
      input: { action: 'keep-key', environment },
    }),
  );
  const seal = ask(
    new Ask<SecretsInput>(scope, `Seal the secrets of ${where}`, parts.secrets[tier], {
      input: { action: 'seal-again', environment, service },
    }),
  );
  const apply = ask(
    new Ask<ConfigurationInput>(scope, `Apply it in ${where}`, parts.configuration[tier], {
      input: { action: 'apply-configuration', environment, service },
      assign: { sides: '{% [$states.result.Payload.sides] %}', rounds: 0 },
    }),
  );
  const confirm = ask(
    new Ask<ConfigurationInput>(scope, `Hear the processes of ${where}`, parts.configuration[tier], {
      input: { action: 'confirm', environment, sides: '{% $sides %}' },
      assign: { rounds: '{% $rounds + 1 %}' },
      output: ANSWER,
    }),
  );
  const confirmed = Pass.jsonata(scope, `Confirmed in ${where}`, {
    outputs: {
      environment,
      kind: 'confirmed',
      processes: '{% $states.input.processes %}',
      left: '{% [$states.input.left] %}',
    },
  });
  const unconfirmed = Pass.jsonata(scope, `Not confirmed in ${where}`, {
    outputs: {
      environment,
      kind: 'failed',
      because: '{% $exists($states.input.because) ? $states.input.because : $states.input.on %}',
    },
  });
  const needed = Choice.jsonata(scope, `Are there secrets in ${where}?`)
    .when(Condition.jsonata('{% $item.secrets %}'), keepKey)
    .otherwise(apply);
  const heard = Choice.jsonata(scope, `Do all run it in ${where}?`)
    .when(Condition.jsonata("{% $states.input.kind = 'confirmed' %}"), confirmed)
    .when(
      Condition.jsonata(
        `{% $states.input.kind = 'waiting' and $rounds < ($states.input.replacing ? ${String(REPLACE_ROUNDS)} : ${String(CONFIRM_ROUNDS)}) %}`,
      ),
      confirm,
    )
    .otherwise(unconfirmed);
  keepKey.next(seal).next(apply).next(confirm).next(heard);
  return needed;
}
