/**
 * Brings an environment what its layers and secrets say now. Safe to repeat: what is there already is left alone.
 */
import { ANNOTATIONS, FIELD_MANAGERS } from '../../contracts/kubernetes.ts';
import type { AppliedConfiguration, ConfiguredSide } from '../../contracts/payloads.ts';
import type { EnvironmentRecord } from '../../domain/environment/record.ts';
import { SupersededError } from '../../domain/errors.ts';
import { rollingAnnotations, rollManifest } from '../../domain/manifests/configuration.ts';
import { namespace, sideName } from '../../domain/manifests/manifest.ts';
import { judgeReadiness } from '../../domain/readiness/judge-readiness.ts';
import { subscribes } from '../../domain/service/configuration.ts';
import { ownNamespace } from '../own-namespace.ts';
import { configuredSides, type KnownSide } from './configured-sides.ts';
import { configureSide, type Configured } from './configure-side.ts';
import type { ConfigurationPorts } from './ports.ts';
import { removeConfiguration } from './withdraw.ts';
import { keepSealingKey } from './sealing-key.ts';
import { baselinePods, checkPods, deploymentsOf, podsOf, podsOfProcess, type Present } from './self-checks.ts';

/** Applies it on every side of one service, or of all. */
export async function applyConfiguration(
  ports: ConfigurationPorts,
  input: { readonly environment: string; readonly service: string | null },
): Promise<AppliedConfiguration> {
  const record = await activeRecord(ports, input.environment);
  const sides: ConfiguredSide[] = [];
  for (const known of await configuredSides(ports, record, input.service)) {
    const applied = await applySide(ports, record, known);
    if (await isWithdrawn(ports, record.id, known.key)) await removeConfiguration(ports, record.id, known.key);
    else sides.push(applied);
  }
  return { kind: 'applied', sides };
}

/** A withdrawal that began meanwhile has looked for what to remove already, or does so once more. */
async function isWithdrawn({ records }: ConfigurationPorts, environment: string, key: string): Promise<boolean> {
  const service = (await records.load(environment))?.services[key];
  return service?.touched !== true || service.owner?.workflow === 'withdraw-service';
}

/** Sees to the key of an environment before its secrets are sealed again: one that was lost is made anew. */
export async function keepKey(ports: ConfigurationPorts, environment: string): Promise<{ readonly kind: 'kept' }> {
  await keepSealingKey(ports, await activeRecord(ports, environment));
  return { kind: 'kept' };
}

/** The record of an environment that is there; a SupersededError when it is being removed. */
async function activeRecord(ports: ConfigurationPorts, id: string): Promise<EnvironmentRecord> {
  const record = await ports.records.load(id);
  if (record?.phase !== 'active') throw new SupersededError(`${id} is removed, or on its way out.`);
  if ((await ownNamespace(ports.cluster, ports.installation.installation, id)) !== undefined) return record;
  throw new SupersededError(`${id} has no namespace; its next delivery brings its configuration along.`);
}

async function applySide(
  ports: ConfigurationPorts,
  record: EnvironmentRecord,
  { key, of, present }: KnownSide,
): Promise<ConfiguredSide> {
  const begun = ports.clock.now();
  const before = versionsOn(present?.metadata['annotations']);
  // Asked before anything changes: what is not well already proves nothing about the change.
  const sick = await isSick(ports, of);
  const configured = await configureSide(ports, record, of);
  await lookAtOnce(ports, of, configured);
  await roll(ports, of, configured);
  if (before.configuration !== configured.version || before.secrets !== configured.secrets) {
    await ports.history.append({
      environment: record.id,
      at: ports.clock.now(),
      stage: 'configuration',
      service: key,
      message: [
        `Configuration ${configured.version} is brought to ${sideName(of.place.name, of.side)}`,
        ...(before.secrets === configured.secrets ? [] : ['its secrets have changed']),
        ...configured.ignored.map((each) => `left out: ${each}`),
      ].join('; '),
      took: ports.clock.now() - begun,
      level: 'info',
    });
  }
  return {
    service: key,
    side: of.side,
    commit: of.commit,
    version: configured.version,
    ...(configured.secrets !== undefined && { secrets: configured.secrets }),
    sick,
  };
}

async function isSick(ports: ConfigurationPorts, of: KnownSide['of']): Promise<boolean> {
  const checked = await checkPods(ports, of);
  if (checked.some(({ said }) => said.kind !== 'well')) return true;
  for (const process of (await deploymentsOf(ports, of)).processes) {
    const readiness = judgeReadiness(process, await podsOfProcess(ports, of, process), ports.clock.now());
    if (readiness.kind === 'never') return true;
  }
  return false;
}

/** Mounted files lag behind by up to a minute, unless the pod itself changes: 63 s and 0.4 s were measured. */
async function lookAtOnce(ports: ConfigurationPorts, of: KnownSide['of'], { version }: Configured): Promise<void> {
  if (!subscribes(of.definition)) return;
  const pods = await Promise.all([podsOf(ports, of), baselinePods(ports, of)]);
  await Promise.all(
    pods
      .flat()
      .filter(({ metadata }) => metadata.annotations?.[ANNOTATIONS.configuration] !== version)
      .map(({ metadata }) =>
        ports.cluster.annotate(
          { apiVersion: 'v1', kind: 'Pod', namespace: namespace(of.place), name: metadata.name },
          { [ANNOTATIONS.configuration]: version },
          FIELD_MANAGERS.configuration,
        ),
      ),
  );
}

/** Replaces pods that cannot take up what changed by themselves, or could not say that they did. */
async function roll(ports: ConfigurationPorts, of: KnownSide['of'], configured: Configured): Promise<void> {
  const { version: configuration, secrets } = configured;
  const begins = { configuration, ...(secrets !== undefined && { secrets }) };
  // None where the workload is not there yet, or gone: its delivery brings the annotations along.
  const { main, processes } = await deploymentsOf(ports, of);
  await replacePods(ports, main, rollingAnnotations(begins, subscribes(of.definition)));
  await replacePods(ports, processes, rollingAnnotations(begins, false));
}

async function replacePods(
  { cluster }: ConfigurationPorts,
  deployments: readonly Present[],
  wanted: Readonly<Record<string, string>>,
): Promise<void> {
  for (const { metadata, spec } of deployments) {
    const has = spec?.template.metadata?.annotations ?? {};
    if (Object.entries(wanted).every(([name, value]) => has[name] === value)) continue;
    const manifest = rollManifest({ namespace: metadata.namespace ?? '', name: metadata.name }, wanted);
    await cluster.apply(manifest, FIELD_MANAGERS.configuration, { force: true });
  }
}

/** The versions that annotations of a ConfigMap say. */
function versionsOn(annotations: unknown): { readonly configuration?: string; readonly secrets?: string } {
  const { [ANNOTATIONS.configuration]: configuration, [ANNOTATIONS.secrets]: secrets } = (annotations ?? {}) as Record<
    string,
    string | undefined
  >;
  return {
    ...(configuration !== undefined && { configuration }),
    ...(secrets !== undefined && { secrets }),
  };
}
