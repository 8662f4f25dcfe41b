/**
 * Reads what a chart rendered. Separate from the service file: nobody wrote this text by hand, and its author knows the template that a
 * problem comes from, not a line of it.
 */
import * as v from 'valibot';
import { parseAllDocuments, type Document } from 'yaml';
import { agree } from '../../domain/charts/agree.ts';
import { chartBreaches } from '../../domain/charts/breaches.ts';
import type { ChartObjects, ChartPod, ServiceChart } from '../../domain/charts/objects.ts';
import { CHART_NAMESPACE, LARGEST_CHART } from '../../domain/charts/values.ts';
import type { Breach } from '../../domain/images/container-rules.ts';
import { disagreements } from '../../domain/service/agreement.ts';
import type { ServiceDefinition } from '../../domain/service/definition.ts';
import { INSTEAD, SHAPES, type ChartKind, type Shaped } from './shapes.ts';

/** What a chart brings, with the definition that follows from it; or all problems as text. */
export type ChartReading =
  | {
      readonly kind: 'read';
      readonly chart: ServiceChart;
      readonly definition: ServiceDefinition;
      readonly breaches: readonly Breach[];
    }
  | { readonly kind: 'wrong'; readonly message: string };

/** More problems than anybody reads at once. */
const MOST_PROBLEMS = 12;
/** One service has no more objects. */
const MOST_OBJECTS = 60;

/** Parses rendered manifests and holds them against the service file. @param image full name of the image with its tag */
export function parseChart(text: string, definition: ServiceDefinition, image: string): ChartReading {
  const problems: string[] = [];
  const objects = objectsOf(text, problems);
  if (objects === undefined || problems.length > 0) return wrong(problems);
  const agreed = agree(objects, definition, image);
  if (agreed.kind === 'disagreed') return wrong(agreed.problems);
  // What a service file says must agree with what the chart says, as within one file.
  const clashes = disagreements(agreed.definition).map(
    ({ path, message }) => `with what the chart says, ${path.join('.')} of the service file ${message}.`,
  );
  if (clashes.length > 0) return wrong(clashes);
  return { kind: 'read', chart: agreed.chart, definition: agreed.definition, breaches: chartBreaches(objects) };
}

function wrong(problems: readonly string[]): ChartReading {
  const shown = problems.slice(0, MOST_PROBLEMS).map((problem) => problem.replaceAll(/[\p{Cc}\u2028\u2029]+/gu, ' '));
  const more = problems.length - shown.length;
  return {
    kind: 'wrong',
    message: [...shown, ...(more > 0 ? [`and ${String(more)} more`] : [])].map((one) => `- ${one}`).join('\n'),
  };
}

function objectsOf(text: string, problems: string[]): ChartObjects | undefined {
  if (text.length > LARGEST_CHART) {
    problems.push(`it renders ${String(text.length)} characters; allowed: ${String(LARGEST_CHART)}.`);
    return undefined;
  }
  // What YAML itself takes for text: https://yaml.org/spec/1.2.2/#51-character-set
  // oxlint-disable-next-line no-control-regex
  const control = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F]/.exec(text);
  if (control !== null) {
    const line = text.slice(0, control.index).split('\n').length;
    const code = control[0].charCodeAt(0).toString(16).padStart(4, '0');
    problems.push(`it renders the control character U+${code} in line ${String(line)}, which no YAML may hold.`);
    return undefined;
  }
  const documents = [...parseAllDocuments(text, { prettyErrors: false, stringKeys: true })];
  if (documents.length > MOST_OBJECTS) {
    problems.push(`it renders ${String(documents.length)} objects; allowed: ${String(MOST_OBJECTS)}.`);
    return undefined;
  }
  const known = documents.flatMap((document) => readObject(document, problems));
  const names = new Set<string>();
  for (const { where, kind, shaped } of known) {
    const identity = `${kind} ${shaped.metadata.name}`;
    if (names.has(identity)) problems.push(`${where} is there twice.`);
    names.add(identity);
  }
  const of = <Kind extends ChartKind>(kind: Kind) =>
    known.flatMap((one) => (one.kind === kind ? [{ where: one.where, ...(one.shaped as Shaped<Kind>) }] : []));
  return {
    deployments: of('apps/v1 Deployment').map(({ where, metadata, spec }) => ({
      where,
      name: metadata.name,
      replicas: spec.replicas,
      selector: spec.selector.matchLabels,
      pod: podOf(spec.template),
    })),
    services: of('v1 Service').map(({ where, metadata, spec }) => ({ where, name: metadata.name, ...spec })),
    routes: of('gateway.networking.k8s.io/v1 HTTPRoute').map(({ where, metadata, spec }) => ({
      where,
      name: metadata.name,
      paths: spec.rules.flatMap(({ matches }) => matches.map(({ path }) => path.value ?? '/')),
      backends: spec.rules.flatMap(({ backendRefs }) => backendRefs),
    })),
    autoscalers: of('autoscaling/v2 HorizontalPodAutoscaler').map(({ where, metadata, spec }) => ({
      where,
      name: metadata.name,
      target: spec.scaleTargetRef.name,
      minimum: spec.minReplicas,
      maximum: spec.maxReplicas,
      ...measuresOf(spec.metrics),
    })),
    serviceAccounts: of('v1 ServiceAccount').map(({ where, metadata }) => ({ where, name: metadata.name })),
    configMaps: of('v1 ConfigMap').map(({ where, metadata, data, binaryData }) => ({
      where,
      name: metadata.name,
      data,
      binaryData,
    })),
  };
}

function measuresOf(metrics: Shaped<'autoscaling/v2 HorizontalPodAutoscaler'>['spec']['metrics']) {
  const cpu = metrics.find(({ resource }) => resource !== undefined)?.resource?.target.averageUtilization;
  const requests = metrics.find(({ pods }) => pods !== undefined)?.pods?.target.averageValue;
  return { ...(cpu !== undefined && { cpu }), ...(requests !== undefined && { requests }) };
}

interface Known {
  readonly where: string;
  readonly kind: ChartKind;
  readonly shaped: Shaped<ChartKind>;
}

/** One document; none when it is empty, as a template whose condition does not hold leaves it. */
function readObject(document: Document, problems: string[]): readonly Known[] {
  const template = /Source: (\S+)/.exec(
    `${document.commentBefore ?? ''}\n${document.contents?.commentBefore ?? ''}`,
  )?.[1];
  const from = template === undefined ? '' : ` (${template})`;
  const [error] = document.errors;
  if (error !== undefined) {
    problems.push(`what it renders${from} is not valid YAML: ${error.message}`);
    return [];
  }
  let value: unknown;
  try {
    value = withoutNulls(document.toJS({ maxAliasCount: 100 }));
  } catch (thrown) {
    problems.push(`what it renders${from} has aliases that cannot be resolved: ${String(thrown)}`);
    return [];
  }
  if (value === undefined) return [];
  const head = v.safeParse(HEAD, value);
  if (!head.success) {
    problems.push(`what it renders${from} is no object of Kubernetes: apiVersion, kind and metadata.name are needed.`);
    return [];
  }
  const { apiVersion, kind, metadata } = head.output;
  const where = `${shown(kind)} ${shown(metadata.name)}${from}`;
  const hook = Object.keys(metadata.annotations ?? {}).find((key) => key.startsWith('helm.sh/hook'));
  if (hook !== undefined) {
    problems.push(`${where} is a hook, which runs by Helm only. Declare it under \`jobs\` in the service file.`);
    return [];
  }
  const shape = SHAPES[`${apiVersion} ${kind}` as ChartKind] as (typeof SHAPES)[ChartKind] | undefined;
  if (shape === undefined || !Object.hasOwn(SHAPES, `${apiVersion} ${kind}`)) {
    const instead = Object.hasOwn(INSTEAD, kind) ? INSTEAD[kind] : undefined;
    problems.push(
      `${where} of ${shown(apiVersion)} is nothing that a chart may bring: ${instead ?? `allowed are ${Object.keys(SHAPES).join(', ')}`}.`,
    );
    return [];
  }
  if (metadata.namespace !== undefined && metadata.namespace !== CHART_NAMESPACE) {
    problems.push(
      `${where} is for the namespace ${shown(metadata.namespace)}; a service lives in the namespace of its environment: leave metadata.namespace out, or use .Release.Namespace.`,
    );
  }
  if (JSON.stringify({ ...(value as object), metadata: { ...metadata, namespace: '' } }).includes(CHART_NAMESPACE)) {
    problems.push(
      `${where} writes the namespace into a value. A chart is rendered once for all environments: let the process read ESPALIER_ENVIRONMENT, or <NAME>_URL of a dependency.`,
    );
  }
  const parsed = v.safeParse(shape, value);
  if (parsed.success) return [{ where, kind: `${apiVersion} ${kind}` as ChartKind, shaped: parsed.output }];
  for (const issue of parsed.issues) problems.push(`${where}: ${shown(v.getDotPath(issue) ?? '')}: ${issue.message}`);
  return [];
}

const HEAD = v.object({
  apiVersion: v.string(),
  kind: v.string(),
  metadata: v.object({
    name: v.string(),
    namespace: v.optional(v.unknown()),
    annotations: v.optional(v.record(v.string(), v.unknown())),
  }),
});

/** Short enough for a message, whatever a template made of it. */
function shown(text: unknown): string {
  const plain = typeof text === 'string' ? text : JSON.stringify(text);
  return plain.length > 100 ? `${plain.slice(0, 97)}…` : plain;
}

/** Kubernetes takes a key without a value for one that is not there, and templates leave many of them. */
function withoutNulls(value: unknown): unknown {
  if (value === null) return undefined;
  if (Array.isArray(value)) return value.map(withoutNulls).filter((one) => one !== undefined);
  if (typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      .map(([key, inner]) => [key, withoutNulls(inner)] as const)
      .filter(([, inner]) => inner !== undefined),
  );
}

function podOf({ metadata, spec }: Shaped<'apps/v1 Deployment'>['spec']['template']): ChartPod {
  const { containers, initContainers, volumes, serviceAccountName, serviceAccount } = spec;
  const account = serviceAccountName ?? serviceAccount;
  return {
    labels: metadata.labels ?? {},
    annotations: metadata.annotations ?? {},
    containers: containers,
    initContainers: initContainers,
    volumes: volumes,
    ...(account !== undefined && { serviceAccountName: account }),
  };
}
