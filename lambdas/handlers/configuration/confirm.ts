/**
 * Waits until the processes of an environment run a version, by their own word. Separate because this is what decides whether a change
 * stays: what is not confirmed within the time, or makes a self-check fail, is taken back.
 */
import type { Pod } from 'kubernetes-types/core/v1.js';
import { ANNOTATIONS } from '../../contracts/kubernetes.ts';
import type { ConfiguredSide, ConfirmAnswer } from '../../contracts/payloads.ts';
import type { EnvironmentRecord } from '../../domain/environment/record.ts';
import { rollingAnnotations } from '../../domain/manifests/configuration.ts';
import { sideName } from '../../domain/manifests/manifest.ts';
import { isRolledOut, judgeReadiness } from '../../domain/readiness/judge-readiness.ts';
import { subscribes } from '../../domain/service/configuration.ts';
import { lookUntilFound, type Look } from '../patience.ts';
import { configuredSides, type KnownSide } from './configured-sides.ts';
import type { ConfigurationPorts } from './ports.ts';
import { checkPods, deploymentsOf, podsOf, podsOfProcess, type Checked, type Present } from './self-checks.ts';

/** A self-check that fails so long fails: a process may stumble while it takes a file up. */
const STUMBLE_MS = 4_000;

/** What looks at a side found. */
type Verdict =
  | { readonly kind: 'confirmed'; readonly processes: number }
  | { readonly kind: 'left'; readonly because: string }
  | { readonly kind: 'waiting'; readonly on: string; readonly ill: boolean; readonly replacing?: true }
  // Not well before either: waited for, because the change may be what mends it, and never held against the change.
  | { readonly kind: 'sick'; readonly because: string };

/** Looks for a bounded time; who was not well before the change has as long to become it, and is left then. */
export async function confirmConfiguration(
  ports: ConfigurationPorts,
  input: { readonly environment: string; readonly sides: readonly ConfiguredSide[] },
): Promise<ConfirmAnswer> {
  const illSince = new Map<string, number>();
  let replacing = false;
  let unwell: ConfirmAnswer | undefined;
  const end = await lookUntilFound(ports.clock, async (waited): Promise<Look<ConfirmAnswer>> => {
    const record = await ports.records.load(input.environment);
    if (record?.phase !== 'active') {
      const left = [`${input.environment} is on its way out`];
      return { kind: 'found', found: { kind: 'confirmed', processes: 0, left } };
    }
    const known = await configuredSides(ports, record);
    const verdicts: Verdict[] = [];
    for (const wanted of input.sides) verdicts.push(await look(ports, record, wanted, known));
    const waiting = verdicts.filter((verdict) => verdict.kind === 'waiting');
    for (const { on, ill } of waiting) {
      if (!ill) continue;
      const since = illSince.get(on) ?? waited;
      illSince.set(on, since);
      if (waited - since >= STUMBLE_MS) return { kind: 'found', found: { kind: 'failed', because: on } };
    }
    // Whoever does not say that it runs the version goes first: that ends sooner than waiting for new pods.
    const first = waiting.find(({ replacing }) => replacing !== true) ?? waiting[0];
    replacing = first?.replacing === true;
    const answer = confirmation(verdicts);
    const sick = verdicts.find((verdict) => verdict.kind === 'sick');
    unwell = first === undefined && sick !== undefined ? answer : undefined;
    if (first !== undefined) return { kind: 'missing', what: first.on };
    return sick === undefined ? { kind: 'found', found: answer } : { kind: 'missing', what: sick.because };
  });
  if (end.kind === 'found') return end.found;
  return unwell ?? { kind: 'waiting', on: end.what, replacing };
}

function confirmation(verdicts: readonly Verdict[]): ConfirmAnswer {
  const counts = verdicts.map((verdict) => (verdict.kind === 'confirmed' ? verdict.processes : 0));
  return {
    kind: 'confirmed',
    processes: counts.reduce((one, other) => one + other, 0),
    left: verdicts.flatMap((verdict) => (verdict.kind === 'left' || verdict.kind === 'sick' ? verdict.because : [])),
  };
}

async function look(
  ports: ConfigurationPorts,
  record: EnvironmentRecord,
  wanted: ConfiguredSide,
  known: readonly KnownSide[],
): Promise<Verdict> {
  const side = known.find(({ key, of }) => key === wanted.service && of.side === wanted.side);
  if (side === undefined || side.of.commit !== wanted.commit) {
    return { kind: 'left', because: `${wanted.service} runs another commit by now, which began with what holds` };
  }
  const name = sideName(side.of.place.name, side.of.side);
  const present = (side.present?.metadata['annotations'] ?? {}) as Record<string, string | undefined>;
  if (present[ANNOTATIONS.configuration] !== wanted.version) {
    return { kind: 'left', because: `${name} has a newer configuration by now, which is confirmed by itself` };
  }
  const verdict = await confirmed(ports, side, wanted);
  // The pods of a delivery that is under way begin with what holds; it waits for them itself.
  const busy = record.services[wanted.service]?.owner !== undefined;
  if (verdict.kind !== 'waiting') return verdict;
  if (busy && !verdict.ill) {
    return { kind: 'left', because: `${name} is being delivered; its pods begin with what holds` };
  }
  return wanted.sick
    ? {
        kind: 'sick',
        because: `${name} did not answer well before the change already, and does not now: ${verdict.on}`,
      }
    : verdict;
}

/**
 * Every process that subscribes says that it runs the version, and every other was replaced: those of a service that does not subscribe,
 * those whose secrets changed, and processes that get no requests and therefore cannot be asked.
 */
async function confirmed(ports: ConfigurationPorts, { of }: KnownSide, wanted: ConfiguredSide): Promise<Verdict> {
  const subscribed = subscribes(of.definition);
  const begins = {
    configuration: wanted.version,
    ...(wanted.secrets !== undefined && { secrets: wanted.secrets }),
  };
  const { main, processes } = await deploymentsOf(ports, of);
  for (const deployment of main) {
    const replaced = await replacement(
      ports,
      deployment,
      () => podsOf(ports, of),
      rollingAnnotations(begins, subscribed),
    );
    if (replaced !== undefined) return replaced;
  }
  const asked = judge(await checkPods(ports, of), (version) =>
    !subscribed || version === wanted.version
      ? undefined
      : `runs configuration ${version ?? '(it does not say which)'} and not ${wanted.version}`,
  );
  if (asked.kind !== 'confirmed') return asked;
  let others = 0;
  for (const process of processes) {
    const pods = () => podsOfProcess(ports, of, process);
    const replaced = await replacement(ports, process, pods, rollingAnnotations(begins, false));
    if (replaced !== undefined) return replaced;
    others += process.spec?.replicas ?? 1;
  }
  return { kind: 'confirmed', processes: asked.processes + others };
}

function judge(checked: readonly Checked[], wrong: (version: string | undefined) => string | undefined): Verdict {
  for (const { pod, said } of checked) {
    const name = pod.metadata.name;
    if (said.kind !== 'well') return { kind: 'waiting', on: `pod ${name} ${said.because}`, ill: said.kind === 'ill' };
    const difference = wrong(said.version);
    if (difference !== undefined) return { kind: 'waiting', on: `pod ${name} ${difference}`, ill: false };
  }
  return { kind: 'confirmed', processes: checked.length };
}

/** What is waited for until the pods with these annotations are the only ones; undefined when they are, or none has to be replaced. */
async function replacement(
  ports: ConfigurationPorts,
  deployment: Present,
  list: () => Promise<readonly Pod[]>,
  annotations: Readonly<Record<string, string>>,
): Promise<Verdict | undefined> {
  if (Object.keys(annotations).length === 0 || isRolledOut(deployment)) return undefined;
  const newest = (await list()).filter(({ metadata }) =>
    Object.entries(annotations).every(([key, value]) => metadata?.annotations?.[key] === value),
  );
  const readiness = judgeReadiness(deployment, newest, ports.clock.now());
  if (readiness.kind === 'never') return { kind: 'waiting', on: readiness.because, ill: true };
  const on = readiness.kind === 'waiting' ? readiness.on : `the pods of ${deployment.metadata.name}`;
  return { kind: 'waiting', on, ill: false, replacing: true };
}
