/**
 * A ValidatingAdmissionPolicy in the few words that ours differ in. Separate from the policies so that they hold nothing but rules.
 */
import { LABELS } from '../../contracts/kubernetes.ts';
import type { Manifest } from '../manifests/manifest.ts';

const ADMISSION = 'admissionregistration.k8s.io/v1';

/** Text as CEL writes it. */
export const cel = (text: string) => JSON.stringify(text);

/** A label of an object in CEL, empty when it has none. */
export const label = (object: string, name: string) => `${object}.metadata.?labels[?${cel(name)}].orValue("")`;

export interface Policy {
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

/** Selects the namespaces of an installation's environments, and not those of its gateway and router. */
export function environmentNamespaces(installation: string): object {
  return {
    matchLabels: { [LABELS.installation]: installation },
    matchExpressions: [{ key: LABELS.environment, operator: 'Exists' }],
  };
}

/** The policy and its binding. */
export function policyManifests(installation: string, policy: Policy): readonly Manifest[] {
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
