/** Choosing objects by labels and by fields: separate because lists, watches, services, quotas and budgets all choose. */
import type { KubeObject } from '../objects.ts';
import type { Json } from './decode.ts';
import { parseLabelSelector } from './label-selector.ts';
import { badRequest } from './status.ts';
import type { Resource } from './table.ts';

/** Whether an object is chosen. */
export type Chooses = (object: KubeObject) => boolean;

/** `a=b,c in (d,e),!f`, as on the command line. */
export function labelSelector(text: string | null): Chooses {
  if (!text) return () => true;
  const chooses = parseLabelSelector(text);
  return (object) => chooses(object.metadata.labels ?? {});
}

/** A selector as objects write it: `matchLabels` and `matchExpressions`. */
export interface WrittenSelector {
  readonly matchLabels?: Record<string, string>;
  readonly matchExpressions?: readonly {
    readonly key: string;
    readonly operator: string;
    readonly values?: string[];
  }[];
}

/** Whether labels fit a written selector; an empty one fits everything. */
export function matchesLabels(
  selector: WrittenSelector | undefined,
  labels: Record<string, string> | undefined,
): boolean {
  const byLabel = Object.entries(selector?.matchLabels ?? {}).every(([key, value]) => labels?.[key] === value);
  return (
    byLabel &&
    (selector?.matchExpressions ?? []).every(({ key, operator, values = [] }) => {
      const label = labels?.[key];
      if (operator === 'Exists') return label !== undefined;
      if (operator === 'DoesNotExist') return label === undefined;
      return operator === 'In'
        ? label !== undefined && values.includes(label)
        : label === undefined || !values.includes(label);
    })
  );
}

/** Fields by which a kind may be chosen, besides name and namespace. */
const chosenBy: Record<string, string> = {
  Pod: 'spec.nodeName spec.restartPolicy spec.schedulerName spec.serviceAccountName spec.hostNetwork status.phase status.podIP status.nominatedNodeName',
  Event:
    'involvedObject.kind involvedObject.namespace involvedObject.name involvedObject.uid involvedObject.apiVersion involvedObject.resourceVersion involvedObject.fieldPath reason reportingComponent source type',
  Secret: 'type',
  Namespace: 'status.phase',
  Node: 'spec.unschedulable',
  Job: 'status.successful',
  ReplicaSet: 'status.replicas',
  Service: 'spec.clusterIP spec.type',
};

/** The value at a dotted path, or undefined. */
export const at = (object: unknown, path: string): unknown =>
  path.split('.').reduce<unknown>((value, name) => (value as Json | undefined)?.[name], object);

/** `metadata.name=a,status.phase!=Running`; fields that a kind cannot be chosen by are refused. */
export function fieldSelector(text: string | null, resource: Resource): Chooses {
  if (!text) return () => true;
  const allowed = `metadata.name metadata.namespace ${chosenBy[resource.kind] ?? ''}`.split(' ');
  const tests = text.split(',').map((part) => {
    const [, field = '', op, value = ''] = /^(.*?)(==|!=|=)(.*)$/.exec(part) ?? [];
    if (!op) throw badRequest(`invalid selector: '${part}'; can't understand '${part}'`);
    if (!allowed.includes(field)) {
      const why =
        resource.group === 'gateway.networking.k8s.io'
          ? ''
          : `"${field}" is not a known field selector: only "metadata.name", "metadata.namespace"`;
      throw badRequest(chosenBy[resource.kind] || !why ? `field label not supported: ${field}` : why);
    }
    const path = field === 'source' ? 'source.component' : field;
    // Booleans that are not there are false.
    const absent = field === 'spec.unschedulable' || field === 'spec.hostNetwork' ? 'false' : '';
    return (object: KubeObject): boolean => {
      const found = at(object, path) as string | number | boolean | undefined;
      return (String(found ?? absent) === value) === (op !== '!=');
    };
  });
  return (object) => tests.every((test) => test(object));
}
