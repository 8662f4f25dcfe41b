/**
 * What rights by role cannot say: our functions touch only namespaces with our prefix, label and tier, bind only our own roles to our
 * own groups, and a route has the host names and the way in of its own environment, whoever applies it.
 * Separate because these are expressions of the API server (CEL), which the laptop stores and does not run.
 */
import { ENVIRONMENT_KINDS, tierOf, type EnvironmentKind, type Tier } from '../../contracts/kinds.ts';
import { clusterGroup, LABELS, routerNamespace, workloadRole, WORKLOAD_STAGES } from '../../contracts/kubernetes.ts';
import type { Installation } from '../manifests/installation.ts';
import type { Manifest } from '../manifests/manifest.ts';
import { carries } from '../borrowing/baggage.ts';
import { LENDER } from '../borrowing/lender.ts';
import { isCalledBack, routerOf } from '../borrowing/router.ts';
import { parentOf, type ParentReference } from '../way-in/gateway.ts';
import { cel, environmentNamespaces, label, policyManifests, type Policy } from './admission-policy.ts';
import { environmentPolicies } from './environment-policies.ts';

/** All policies of an installation, each with its binding. */
export function admissionPolicyManifests(settings: Installation): readonly Manifest[] {
  const { installation } = settings;
  return [
    namespaces(installation),
    objects(installation),
    bindings(installation),
    looks(installation),
    experiments(installation),
    routes(settings),
    ...environmentPolicies(installation),
  ].flatMap((policy) => policyManifests(installation, policy));
}

/** CEL: the request comes from one of these stages' groups. */
function from(installation: string, stages: readonly Parameters<typeof clusterGroup>[1][]): string {
  const groups = stages.flatMap((stage) => [
    clusterGroup(installation, stage, 'branch'),
    clusterGroup(installation, stage, 'lasting'),
  ]);
  return `request.userInfo.groups.exists(g, g in [${groups.map(cel).join(', ')}])`;
}

/** CEL: the tier of whoever asks. */
const TIER = {
  name: 'tier',
  expression: 'request.userInfo.groups.exists(g, g.endsWith("-lasting")) ? "lasting" : "branch"',
};

/** CEL: the kinds of whoever asks. */
const KINDS_OF_TIER = `variables.tier == "lasting" ? ${kindsOf('lasting')} : ${kindsOf('branch')}`;

function kindsOf(tier: Tier): string {
  return `[${ENVIRONMENT_KINDS.filter((kind) => tierOf(kind) === tier)
    .map(cel)
    .join(', ')}]`;
}

/** CEL: no finalizer comes in, but the one that the API server itself gives to volumes. */
const NO_HOLD =
  'object == null || object.metadata.?finalizers.orValue([]).all(f, f == "kubernetes.io/pvc-protection" || (oldObject != null && f in oldObject.metadata.?finalizers.orValue([])))';

function namespaces(installation: string): Policy {
  const isOurs = (object: string) =>
    `${label(object, LABELS.installation)} == ${cel(installation)} && ${label(object, LABELS.tier)} == variables.tier`;
  return {
    name: `${installation}-namespaces`,
    groups: [''],
    resources: ['namespaces'],
    operations: ['CREATE', 'UPDATE', 'DELETE'],
    when: from(installation, ['environment']),
    variables: [TIER],
    rules: [
      {
        expression: `request.name.startsWith(${cel(`${installation}-`)})`,
        message: `Espalier installation ${installation} works in namespaces that begin with ${installation}- only.`,
      },
      {
        expression: `(oldObject == null || (${isOurs('oldObject')})) && (object == null || (${isOurs('object')}))`,
        message: `Espalier installation ${installation} works in namespaces with its own label and tier only.`,
      },
      {
        // Names of hosts, policies and borrowed services follow these labels: whoever moves one moves into another environment.
        expression: `object == null || (object.metadata.name == ${cel(`${installation}-`)} + ${label('object', LABELS.environment)} && ${label('object', LABELS.kind)} in (${KINDS_OF_TIER}) && (oldObject == null || ${label('object', LABELS.kind)} == ${label('oldObject', LABELS.kind)}))`,
        message: 'The labels of a namespace name its own environment, and a kind of its tier that never changes.',
      },
      {
        expression: `object == null || (${label('object', 'pod-security.kubernetes.io/enforce')} == "restricted" && ${label('object', 'pod-security.kubernetes.io/enforce-version')} == "latest")`,
        message: 'Pod Security holds every environment to its strictest profile.',
      },
      { expression: NO_HOLD, message: 'Nothing that Espalier applies holds up the end of an environment.' },
    ],
  };
}

function objects(installation: string): Policy {
  return {
    name: `${installation}-objects`,
    groups: [
      '',
      'apps',
      'autoscaling',
      'batch',
      'policy',
      'networking.k8s.io',
      'rbac.authorization.k8s.io',
      'gateway.networking.k8s.io',
    ],
    resources: [
      'configmaps',
      'cronjobs',
      'deployments',
      'horizontalpodautoscalers',
      'httproutes',
      'jobs',
      'limitranges',
      'networkpolicies',
      'persistentvolumeclaims',
      'pods',
      'poddisruptionbudgets',
      'resourcequotas',
      'rolebindings',
      'secrets',
      'serviceaccounts',
      'services',
    ],
    operations: ['CREATE', 'UPDATE', 'DELETE'],
    when: from(installation, ['environment', ...WORKLOAD_STAGES]),
    variables: [TIER],
    rules: [
      {
        expression: `${label('namespaceObject', LABELS.installation)} == ${cel(installation)} && ${label('namespaceObject', LABELS.tier)} == variables.tier`,
        message: `Espalier installation ${installation} works in namespaces with its own label and tier only.`,
      },
      { expression: NO_HOLD, message: 'Nothing that Espalier applies holds up the end of an environment.' },
      {
        expression:
          'object == null || object.metadata.?ownerReferences.orValue([]) == (oldObject == null ? [] : oldObject.metadata.?ownerReferences.orValue([]))',
        message: 'Nothing that Espalier applies goes with another object: the record says what is there.',
      },
    ],
  };
}

function bindings(installation: string): Policy {
  const groupOf = WORKLOAD_STAGES.map(
    (stage) => `${cel(workloadRole(installation, stage))}: ${cel(`${installation}:${stage}-`)}`,
  ).join(', ');
  const roles = WORKLOAD_STAGES.map((stage) => cel(workloadRole(installation, stage))).join(', ');
  return {
    name: `${installation}-bindings`,
    groups: ['rbac.authorization.k8s.io'],
    resources: ['rolebindings'],
    operations: ['CREATE', 'UPDATE'],
    when: from(installation, ['environment']),
    variables: [TIER],
    rules: [
      {
        expression: `object.roleRef.kind == "ClusterRole" && object.roleRef.name in [${roles}]`,
        message: 'Espalier binds its own roles only.',
      },
      {
        expression: `object.subjects.all(s, s.kind == "Group" && s.name == {${groupOf}}[object.roleRef.name] + variables.tier)`,
        message: 'Espalier binds its roles to its own groups of the same tier only.',
      },
    ],
  };
}

/** CEL: none of these fields, which may be absent, was changed. */
function unchanged(fields: readonly string[], of: string): string {
  return fields.map((field) => `object.${of}.?${field} == oldObject.${of}.?${field}`).join(' && ');
}

/** Configuration may touch pods and Deployments for their annotations only: nothing that runs is ever another because of it. */
function looks(installation: string): Policy {
  return {
    name: `${installation}-looks`,
    groups: ['', 'apps'],
    resources: ['pods', 'deployments'],
    operations: ['UPDATE'],
    when: from(installation, ['configuration']),
    rules: [
      {
        expression: `object.kind == "Pod" ? object.spec == oldObject.spec && ${unchanged(['labels', 'ownerReferences', 'finalizers'], 'metadata')} : true`,
        message: 'Espalier changes nothing of a pod but its annotations.',
      },
      {
        expression: `object.kind == "Deployment" ? object.spec.template.spec == oldObject.spec.template.spec && ${unchanged(['labels', 'ownerReferences', 'finalizers'], 'metadata')} && ${unchanged(['labels'], 'spec.template.metadata')} && ${unchanged(['replicas', 'selector', 'strategy', 'paused', 'minReadySeconds', 'revisionHistoryLimit', 'progressDeadlineSeconds'], 'spec')} : true`,
        message: 'A change of configuration replaces the pods of a Deployment and changes nothing else of it.',
      },
    ],
  };
}

/** Experiments end pods of branch environments; nothing of ours ends a pod of a lasting one. */
function experiments(installation: string): Policy {
  return {
    name: `${installation}-experiments`,
    groups: [''],
    resources: ['pods'],
    operations: ['DELETE'],
    when: from(installation, ['rollout']),
    variables: [TIER],
    rules: [
      {
        expression: 'variables.tier == "branch"',
        message: 'Espalier ends pods of branch environments only.',
      },
    ],
  };
}

/**
 * Applies to everybody: a route in our namespaces can take no other environment's host and no other way in. At the router a branch can
 * claim the requests that carry its own environment and no others, integration those that nobody claims, and nobody else anything.
 */
function routes(settings: Installation): Policy {
  const { installation } = settings;
  const domainOf = (kind: EnvironmentKind) => settings.environments[kind].wayIn.domain ?? `${installation}.localhost`;
  const byKind = (value: (kind: EnvironmentKind) => string) =>
    `{${ENVIRONMENT_KINDS.map((kind) => `${cel(kind)}: ${cel(value(kind))}`).join(', ')}}[variables.kind]`;
  const router = routerOf(settings);
  const [before = '', after = ''] = carries('…').split('…');
  const own =
    'object.spec.hostnames.all(h, h.split(".")[0].endsWith("-" + variables.environment) && h == h.split(".")[0] + "." + variables.domain)';
  const shared = `object.spec.hostnames.all(h, h == h.split(".")[0] + ${cel(`.${routerNamespace(installation)}`)})`;
  const claimed = [
    'object.spec.?rules.orValue([]).all(r, r.?matches.orValue([]).size() > 0',
    'r.matches.all(m, m.?headers.orValue([]).exists(h, h.name.lowerAscii() == "baggage" && h.?type.orValue("Exact") == "RegularExpression"',
    'h.value == variables.claim)))',
  ].join(' && ');
  return {
    name: `${installation}-routes`,
    groups: ['gateway.networking.k8s.io'],
    resources: ['httproutes'],
    operations: ['CREATE', 'UPDATE'],
    namespaceSelector: environmentNamespaces(installation),
    variables: [
      { name: 'kind', expression: label('namespaceObject', LABELS.kind) },
      { name: 'environment', expression: label('namespaceObject', LABELS.environment) },
      { name: 'domain', expression: byKind(domainOf) },
      {
        name: 'gateway',
        expression: byKind((kind) => idOf(parentOf(installation, settings.environments[kind].wayIn))),
      },
      { name: 'claim', expression: `${cel(before)} + variables.environment + ${cel(after)}` },
      {
        name: 'parents',
        expression:
          'object.spec.?parentRefs.orValue([]).map(p, p.?namespace.orValue("") + "/" + p.name + "/" + p.?sectionName.orValue(""))',
      },
      {
        name: 'atRouter',
        expression: router === undefined ? 'false' : `variables.parents.exists(p, p == ${cel(idOf(router.parent))})`,
      },
    ],
    rules: [
      {
        expression: `object.spec.?hostnames.orValue([]).size() > 0 && (variables.atRouter ? ${shared} : ${own})`,
        message:
          'A route has host names of its own environment only: <service>-<environment>.<domain of its kind>; at the router <service>.<its namespace>.',
      },
      {
        expression: `variables.atRouter ? variables.parents.size() == 1 : variables.parents.all(p, p == variables.gateway)`,
        message: "A route attaches to the way in of its environment's kind only, or to the router alone.",
      },
      {
        expression: `!variables.atRouter || variables.kind == ${cel(LENDER)} || (variables.kind in [${ENVIRONMENT_KINDS.filter(isCalledBack).map(cel).join(', ')}] && ${claimed})`,
        message:
          'At the router a branch claims the requests that carry its own environment in the header baggage, and no others; lasting environments claim none.',
      },
      {
        expression:
          'object.spec.?rules.orValue([]).all(r, r.?backendRefs.orValue([]).all(b, b.?group.orValue("") == "" && b.?kind.orValue("Service") == "Service" && b.?namespace.orValue(object.metadata.namespace) == object.metadata.namespace))',
        message: 'A route leads to Services of its own namespace only.',
      },
      {
        expression: `object.spec.?rules.orValue([]).all(r, ${onlyHeaders('r')} && r.?backendRefs.orValue([]).all(b, ${onlyHeaders('b')}))`,
        message: 'A route changes headers and nothing else: it neither mirrors nor redirects, and has no extensions.',
      },
    ],
  };
}

/** CEL: the filters of a rule, or of one that it leads to, do no more than change headers. */
function onlyHeaders(of: string): string {
  return `${of}.?filters.orValue([]).all(f, f.type in ["RequestHeaderModifier", "ResponseHeaderModifier"])`;
}

/** A Gateway's listener in one word. */
function idOf({ namespace, name, sectionName }: ParentReference): string {
  return `${namespace}/${name}/${sectionName ?? ''}`;
}
