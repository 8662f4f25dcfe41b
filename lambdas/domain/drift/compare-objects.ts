/**
 * What differs in the cluster from what was applied: objects that are gone, that somebody edited or added to. Separate from putting it
 * right, which is a delivery like any other.
 */
import { ANNOTATIONS, BASELINE, FIELD_MANAGERS, LABELS, namespaceOf } from '../../contracts/kubernetes.ts';
import type { EnvironmentRecord } from '../environment/record.ts';
import { ENVIRONMENT_OBJECT } from '../manifests/environment.ts';
import { sideName } from '../manifests/manifest.ts';
import { fingerprintOf, foreignFields, scaledByHand, type Managed } from './fields.ts';

/** An object as it was listed. */
export interface SeenObject extends Managed {
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly [field: string]: unknown;
  };
}

/** One service that is not as it was applied, and why, in words. */
export interface Drift {
  readonly service: string;
  readonly because: readonly string[];
}

/** Everything that differs in an environment, by service. What belongs to all of them is put right with the first. */
export function compareObjects(
  installation: string,
  record: EnvironmentRecord,
  objects: readonly SeenObject[],
): readonly Drift[] {
  if (record.phase !== 'active') return [];
  const inside = objects.filter(({ metadata }) => metadata.namespace === namespaceOf(installation, record.id));
  const settled = Object.entries(record.services).filter(
    ([, { applied, owner, name, desired, generation }]) =>
      applied?.generation === generation && owner === undefined && name !== undefined && desired.kind === 'commit',
  );
  const drifts = settled.map(([service, { name = '', applied }]) => {
    const own = inside.filter(({ metadata }) => metadata.labels?.[LABELS.repository] === service);
    const because = [
      ...missing(own, expected(name, applied?.side ?? 'blue')),
      ...own.flatMap(edited),
      ...leftOver(own, name),
    ];
    return { service, because };
  });
  const shared = inside.filter(({ metadata }) => metadata.labels?.[LABELS.repository] === undefined);
  const common = settled.length === 0 ? [] : [...missing(shared, EXPECTED_OF_ALL), ...shared.flatMap(edited)];
  return drifts
    .map(({ service, because }, index) => ({ service, because: index === 0 ? [...because, ...common] : because }))
    .filter(({ because }) => because.length > 0);
}

const EXPECTED_OF_ALL = [
  `ResourceQuota ${ENVIRONMENT_OBJECT}`,
  `LimitRange ${ENVIRONMENT_OBJECT}`,
  `NetworkPolicy ${ENVIRONMENT_OBJECT}`,
  'NetworkPolicy default-deny',
];

/** What every service has, whatever its file says. */
function expected(name: string, side: 'blue' | 'green'): readonly string[] {
  const ofSide = sideName(name, side);
  return [
    `Deployment ${ofSide}`,
    `Service ${ofSide}`,
    `Service ${name}`,
    `ServiceAccount ${name}`,
    `NetworkPolicy ${name}`,
  ];
}

/** A baseline belongs to a rollout; nothing that is settled has one. */
function leftOver(objects: readonly SeenObject[], name: string): readonly string[] {
  return objects
    .filter(
      ({ kind, metadata }) =>
        (kind === 'Deployment' || kind === 'Service') &&
        metadata.name === sideName(name, BASELINE) &&
        metadata['deletionTimestamp'] === undefined,
    )
    .map(({ kind, metadata }) => `${kind} ${metadata.name} is left of a rollout`);
}

function missing(objects: readonly SeenObject[], wanted: readonly string[]): readonly string[] {
  const there = new Set(objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`));
  return wanted.filter((each) => !there.has(each)).map((each) => `${each} is gone`);
}

/** Only objects whose fields were remembered are judged; what is being deleted is somebody's business already. */
function edited(object: SeenObject): readonly string[] {
  const { kind, metadata } = object;
  const annotations = (metadata['annotations'] ?? {}) as Readonly<Record<string, string>>;
  const remembered = annotations[ANNOTATIONS.fields];
  if (remembered === undefined || metadata['deletionTimestamp'] !== undefined) return [];
  const what = `${kind} ${metadata.name}`;
  const added = foreignFields(object);
  const scaler = kind === 'Deployment' ? scaledByHand(object) : undefined;
  return [
    ...(fingerprintOf(object, managerOf(object)) === remembered ? [] : [`${what} was edited`]),
    ...(added.length === 0 ? [] : [`${what} has more than was applied (${added.slice(0, 3).join(', ')})`]),
    ...(scaler === undefined ? [] : [`${what} was scaled by ${scaler}`]),
  ];
}

function managerOf({ metadata }: SeenObject): string {
  const component = metadata.labels?.[LABELS.component];
  if (component === 'workload') return FIELD_MANAGERS.deploy;
  return component === 'traffic' ? FIELD_MANAGERS.traffic : FIELD_MANAGERS.environment;
}
