/**
 * Nobody gives rights they do not have: roles need their rules or the verb `escalate`, bindings need the role's rules or `bind`.
 * Separate because it is about writing roles, not about asking them. Messages as in
 * https://github.com/kubernetes/kubernetes/blob/v1.34.0/pkg/registry/rbac/validation/rule.go
 */
import type { KubeObject } from '../objects.ts';
import type { Attempt } from './attempt.ts';
import { boundRole, isAllowed, rulesFor, rulesOf, uncovered, type Rule } from './rbac.ts';
import { forbidden, notFound } from './status.ts';
import type { Store } from './store.ts';
import { resourceOfKind, type Resource } from './table.ts';

const group = 'rbac.authorization.k8s.io';

/** Refuses a role or binding that would give more than its writer has. */
export function checkEscalation(store: Store, resource: Resource, next: KubeObject, attempt: Attempt): void {
  if (resource.group !== group) return;
  const { user } = attempt;
  const { namespace, name } = next.metadata;
  const may = (verb: string, plural: string, which: string): boolean =>
    isAllowed(store, user, { verb, group, resource: plural, namespace, name: which });
  const held = rulesFor(store, user, namespace);
  const refuse = (missing: readonly Rule[]): never => {
    const groups = user.groups.map((one) => `"${one}"`).join(' ');
    const lines = missing.map(show).sort().join('\n');
    throw forbidden(
      resource,
      name,
      `user "${user.username}" (groups=[${groups}]) is attempting to grant RBAC permissions not currently held:\n${lines}`,
    );
  };
  if (resource.kind.endsWith('Role')) {
    if (may('escalate', resource.plural, name)) return;
    const missing = uncovered(held, (next['rules'] ?? []) as Rule[]);
    if (missing.length > 0 || next['aggregationRule']) refuse(missing);
    return;
  }
  const ref = next['roleRef'] as { kind: string; name: string };
  const plural = ref.kind === 'ClusterRole' ? 'clusterroles' : 'roles';
  if (may('bind', plural, ref.name)) return;
  const role = boundRole(store, ref, namespace);
  const roles = resourceOfKind(`${group}/v1`, ref.kind);
  if (!role && roles) throw notFound(roles, ref.name);
  const missing = uncovered(held, rulesOf(store, role));
  if (missing.length > 0) refuse(missing);
}

function show(rule: Rule): string {
  const list = (values: readonly string[]): string => `[${values.map((one) => `"${one}"`).join(' ')}]`;
  if (rule.nonResourceURLs) return `{NonResourceURLs:${list(rule.nonResourceURLs)}, Verbs:${list(rule.verbs)}}`;
  const names = rule.resourceNames?.length ? `, ResourceNames:${list(rule.resourceNames)}` : '';
  return `{APIGroups:${list(rule.apiGroups ?? [])}, Resources:${list(rule.resources ?? [])}${names}, Verbs:${list(rule.verbs)}}`;
}
