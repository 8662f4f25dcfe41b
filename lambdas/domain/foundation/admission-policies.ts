/**
 * What rights by role cannot say: our functions touch only namespaces with our prefix, label and tier, bind only our own roles to our
 * own groups, and a route has the host names and the way in of its own environment, whoever applies it.
 * Separate because these are expressions of the API server (CEL), which the laptop stores and does not run.
 */
import { ENVIRONMENT_KINDS, type EnvironmentKind } from '../../contracts/kinds.ts';
import { clusterGroup, LABELS, workloadRole, WORKLOAD_STAGES } from '../../contracts/kubernetes.ts';
import type { Installation } from '../manifests/installation.ts';
import type { Manifest } from '../manifests/manifest.ts';
import { parentOf } from '../way-in/gateway.ts';

const ADMISSION = 'admissionregistration.k8s.io/v1';

/** Text as CEL writes it. */
const cel = (text: string) => JSON.stringify(text);

/** A label of an object in CEL, empty when it has none. */
const label = (object: string, name: string) => `${object}.metadata.?labels[?${cel(name)}].orValue("")`;

interface Policy {
  readonly name: string;
  readonly groups: readonly string[];
  readonly resources: readonly string[];
  readonly operations: readonly ('CREATE' | 'UPDATE' | 'DELETE')[];
  readonly variables?: readonly { readonly name: string; readonly expression: string }[];
  /** CEL that says to which requests the policy applies. */
  readonly when?: string;
  readonly namespaceSelector?: object;
  readonly rules: readonly { readonly expression: string; readonly message: string }[];
}

/** All policies of an installation, each with its binding. */
export function admissionPolicyManifests(settings: Installation): readonly Manifest[] {
  const { installation } = settings;
  return [
    namespaces(installation),
    objects(installation),
    bindings(installation),
    looks(installation),
    routes(settings),
  ].flatMap((policy) => manifestsOf(installation, policy));
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
      'policy',
      'networking.k8s.io',
      'rbac.authorization.k8s.io',
      'gateway.networking.k8s.io',
    ],
    resources: [
      'configmaps',
      'deployments',
      'horizontalpodautoscalers',
      'httproutes',
      'limitranges',
      'networkpolicies',
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
        expression:
          'object.kind == "Pod" ? object.spec == oldObject.spec && object.metadata.labels == oldObject.metadata.labels : true',
        message: 'Espalier changes nothing of a pod but its annotations.',
      },
      {
        expression:
          'object.kind == "Deployment" ? object.spec.template.spec == oldObject.spec.template.spec && object.spec.replicas == oldObject.spec.replicas && object.spec.selector == oldObject.spec.selector : true',
        message: 'A change of configuration replaces the pods of a Deployment and changes nothing else of it.',
      },
    ],
  };
}

/** Applies to everybody: a route in our namespaces can take no other environment's host and no other way in. */
function routes(settings: Installation): Policy {
  const { installation } = settings;
  const domainOf = (kind: EnvironmentKind) => settings.environments[kind].wayIn.domain ?? `${installation}.localhost`;
  const gatewayOf = (kind: EnvironmentKind) => {
    const { namespace, name, sectionName } = parentOf(installation, settings.environments[kind].wayIn);
    return `${namespace}/${name}/${sectionName ?? ''}`;
  };
  const byKind = (value: (kind: EnvironmentKind) => string) =>
    `{${ENVIRONMENT_KINDS.map((kind) => `${cel(kind)}: ${cel(value(kind))}`).join(', ')}}[variables.kind]`;
  return {
    name: `${installation}-routes`,
    groups: ['gateway.networking.k8s.io'],
    resources: ['httproutes'],
    operations: ['CREATE', 'UPDATE'],
    namespaceSelector: {
      matchLabels: { [LABELS.installation]: installation },
      matchExpressions: [{ key: LABELS.environment, operator: 'Exists' }],
    },
    variables: [
      { name: 'kind', expression: label('namespaceObject', LABELS.kind) },
      { name: 'environment', expression: label('namespaceObject', LABELS.environment) },
      { name: 'domain', expression: byKind(domainOf) },
      { name: 'gateway', expression: byKind(gatewayOf) },
    ],
    rules: [
      {
        expression:
          'object.spec.?hostnames.orValue([]).size() > 0 && object.spec.hostnames.all(h, h.split(".")[0].endsWith("-" + variables.environment) && h == h.split(".")[0] + "." + variables.domain)',
        message: 'A route has host names of its own environment only: <service>-<environment>.<domain of its kind>.',
      },
      {
        expression:
          'object.spec.?parentRefs.orValue([]).all(p, p.?namespace.orValue("") + "/" + p.name + "/" + p.?sectionName.orValue("") == variables.gateway)',
        message: "A route attaches to the way in of its environment's kind only.",
      },
    ],
  };
}

function manifestsOf(installation: string, policy: Policy): readonly Manifest[] {
  const metadata = { name: policy.name, labels: { [LABELS.installation]: installation } };
  const { operations, resources } = policy;
  return [
    {
      apiVersion: ADMISSION,
      kind: 'ValidatingAdmissionPolicy',
      metadata,
      spec: {
        failurePolicy: 'Fail',
        matchConstraints: {
          resourceRules: [{ apiGroups: policy.groups, apiVersions: ['*'], operations, resources }],
          ...(policy.namespaceSelector !== undefined && { namespaceSelector: policy.namespaceSelector }),
        },
        ...(policy.when !== undefined && { matchConditions: [{ name: 'ours', expression: policy.when }] }),
        ...(policy.variables !== undefined && { variables: policy.variables }),
        validations: policy.rules.map((each) => ({ ...each, reason: 'Forbidden' })),
      },
    },
    {
      apiVersion: ADMISSION,
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata,
      spec: { policyName: policy.name, validationActions: ['Deny'] },
    },
  ];
}
