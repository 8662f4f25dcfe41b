/**
 * Who may do what, from the stored roles and bindings alone. Separate because requests, access reviews and the rule that nobody can
 * give rights they do not have all ask the same question.
 */
import type { KubeObject } from '../objects.ts';
import { masters, type User } from './attempt.ts';
import { matchesLabels, type WrittenSelector } from './selectors.ts';
import type { Store } from './store.ts';

/** One rule of a role. */
export interface Rule {
  readonly verbs: readonly string[];
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly nonResourceURLs?: readonly string[];
}

/** What somebody wants to do: with a resource, or with a path that is none. */
export interface Action {
  readonly verb: string;
  readonly group?: string;
  /** With its subresource, as `pods/log`. */
  readonly resource?: string;
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
  readonly path?: string;
}

interface RoleRef {
  readonly kind: string;
  readonly name: string;
}
interface SubjectRef {
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
}

const rbac = 'rbac.authorization.k8s.io/v1';

/** The rules of a role; a ClusterRole that aggregates has those of all it selects. */
export function rulesOf(store: Store, role: KubeObject | undefined): readonly Rule[] {
  if (!role) return [];
  const aggregation = role['aggregationRule'] as { clusterRoleSelectors?: WrittenSelector[] } | undefined;
  if (!aggregation) return (role['rules'] ?? []) as Rule[];
  const chosen = store
    .list(`${rbac}/ClusterRole`)
    .filter(
      (one) =>
        one !== role &&
        aggregation.clusterRoleSelectors?.some((selector) => matchesLabels(selector, one.metadata.labels)),
    );
  return chosen.flatMap((one) => rulesOf(store, one));
}

/** The role that a binding refers to. */
export const boundRole = (
  store: Store,
  { kind, name }: RoleRef,
  namespace: string | undefined,
): KubeObject | undefined =>
  kind === 'ClusterRole'
    ? store.get(`${rbac}/ClusterRole`, undefined, name)
    : store.get(`${rbac}/Role`, namespace, name);

const isMember = (user: User, subject: SubjectRef, home: string | undefined): boolean => {
  if (subject.kind === 'User') return subject.name === user.username;
  if (subject.kind === 'Group') return user.groups.includes(subject.name);
  return user.username === `system:serviceaccount:${subject.namespace ?? home ?? ''}:${subject.name}`;
};

/** All rules that hold for a user in a namespace, or in the whole cluster without one. */
export function rulesFor(store: Store, user: User, namespace: string | undefined): Rule[] {
  if (user.groups.includes(masters))
    return [
      { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
      { verbs: ['*'], nonResourceURLs: ['*'] },
    ];
  const bindings = store.list(`${rbac}/ClusterRoleBinding`);
  if (namespace) bindings.push(...store.list(`${rbac}/RoleBinding`, namespace));
  return bindings
    .filter((one) =>
      ((one['subjects'] ?? []) as SubjectRef[]).some((subject) => isMember(user, subject, one.metadata.namespace)),
    )
    .flatMap((one) => rulesOf(store, boundRole(store, one['roleRef'] as RoleRef, one.metadata.namespace)));
}

const has = (values: readonly string[] | undefined, value: string): boolean =>
  values?.includes('*') === true || values?.includes(value) === true;

function permits(rule: Rule, action: Action): boolean {
  if (!has(rule.verbs, action.verb)) return false;
  const { path, resource = '', group = '', name = '' } = action;
  if (path !== undefined)
    return (rule.nonResourceURLs ?? []).some(
      (url) => url === path || (url.endsWith('*') && path.startsWith(url.slice(0, -1))),
    );
  const below = resource.split('/')[1];
  return (
    has(rule.apiGroups, group) &&
    (has(rule.resources, resource) || (below !== undefined && rule.resources?.includes(`*/${below}`) === true)) &&
    (!rule.resourceNames?.length || rule.resourceNames.includes(name))
  );
}

/** Whether a user may do something. */
export const isAllowed = (store: Store, user: User, action: Action): boolean =>
  rulesFor(store, user, action.namespace).some((rule) => permits(rule, action));

/** The parts of the wanted rules that the held ones do not cover, one verb and resource at a time. */
export function uncovered(held: readonly Rule[], wanted: readonly Rule[]): Rule[] {
  const single: Rule[] = wanted.flatMap((rule) => [
    ...rule.verbs.flatMap((verb) =>
      (rule.nonResourceURLs ?? []).map((url) => ({ verbs: [verb], nonResourceURLs: [url] })),
    ),
    ...rule.verbs.flatMap((verb) =>
      (rule.apiGroups ?? []).flatMap((group) =>
        (rule.resources ?? []).flatMap((resource) => {
          const one = { verbs: [verb], apiGroups: [group], resources: [resource] };
          return rule.resourceNames?.length
            ? rule.resourceNames.map((name) => ({ ...one, resourceNames: [name] }))
            : [one];
        }),
      ),
    ),
  ]);
  return single.filter(({ verbs: [verb = ''], apiGroups, resources, resourceNames, nonResourceURLs }) => {
    const action: Action = nonResourceURLs
      ? { verb, path: nonResourceURLs[0] ?? '' }
      : { verb, group: apiGroups?.[0] ?? '', resource: resources?.[0] ?? '', name: resourceNames?.[0] };
    return !held.some((rule) => permits(rule, action));
  });
}
