/**
 * Questions about rights that are asked as objects and answered at once: `kubectl auth can-i`, `kubectl auth whoami`.
 * Separate because nothing of them is stored.
 */
import type { User } from './attempt.ts';
import type { Json } from './decode.ts';
import { isAllowed, rulesFor, type Action } from './rbac.ts';
import type { Store } from './store.ts';
import { apiVersionOf, type Resource } from './table.ts';

interface Attributes {
  readonly namespace?: string;
  readonly verb?: string;
  readonly group?: string;
  readonly resource?: string;
  readonly subresource?: string;
  readonly name?: string;
}

/** Answers a review. */
export function review(store: Store, resource: Resource, body: Json, user: User): Json {
  const spec = (body['spec'] ?? {}) as Json;
  const answer = (status: Json): Json => ({
    kind: resource.kind,
    apiVersion: apiVersionOf(resource),
    metadata: {},
    ...(resource.kind === 'SelfSubjectReview' ? {} : { spec }),
    status,
  });
  switch (resource.kind) {
    case 'SelfSubjectReview':
      return answer({ userInfo: { username: user.username, groups: user.groups } });
    case 'SelfSubjectRulesReview': {
      const rules = rulesFor(store, user, spec['namespace'] as string | undefined);
      const resourceRules = rules.filter((rule) => rule.resources);
      return answer({
        resourceRules,
        nonResourceRules: rules.filter((rule) => rule.nonResourceURLs),
        incomplete: false,
      });
    }
    default: {
      const self = resource.kind === 'SelfSubjectAccessReview';
      const who = self
        ? user
        : { username: (spec['user'] ?? '') as string, groups: (spec['groups'] ?? []) as string[] };
      const allowed = isAllowed(store, who, actionOf(spec));
      return answer(allowed ? { allowed, reason: 'RBAC: allowed by a role or binding' } : { allowed });
    }
  }
}

function actionOf(spec: Json): Action {
  const path = spec['nonResourceAttributes'] as { path?: string; verb?: string } | undefined;
  if (path) return { verb: path.verb ?? '', path: path.path ?? '' };
  const {
    namespace,
    verb = '',
    group = '',
    resource = '',
    subresource,
    name,
  } = (spec['resourceAttributes'] ?? {}) as Attributes;
  return {
    verb,
    group,
    resource: subresource ? `${resource}/${subresource}` : resource,
    namespace: namespace || undefined,
    name,
  };
}
