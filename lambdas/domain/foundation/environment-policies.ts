/**
 * What nobody may put into an environment's namespace, whoever applies it: what reaches out of it past quota, network policy and Pod
 * Security. Separate from the policies about our own functions, because charts and people are held to these too.
 */
import { clusterDomain } from '../borrowing/lender.ts';
import { METADATA_ADDRESSES } from '../manifests/network-policies.ts';
import { cel, environmentNamespaces, type Policy } from './admission-policy.ts';

/** The policies about what is in an environment. */
export function environmentPolicies(installation: string): readonly Policy[] {
  const namespaceSelector = environmentNamespaces(installation);
  return [services, pods, networks].map((policy) => ({
    ...policy,
    name: `${installation}-${policy.name}`,
    namespaceSelector,
  }));
}

const [before = '', after = ''] = clusterDomain('…').split('…');

/** Ports of nodes, load balancers and addresses from outside are ways in past the gateway; a name elsewhere is a way out. */
const services: Policy = {
  name: 'services',
  groups: [''],
  resources: ['services'],
  operations: ['CREATE', 'UPDATE'],
  rules: [
    {
      expression:
        'object.spec.?type.orValue("ClusterIP") in ["ClusterIP", "ExternalName"] && object.spec.?externalIPs.orValue([]).size() == 0',
      message:
        'Services of an environment are reached inside the cluster only: type ClusterIP, without external addresses. The way in is the gateway.',
    },
    {
      expression: `object.spec.?type.orValue("") != "ExternalName" || object.spec.externalName.endsWith(${cel(`.${before}`)} + object.metadata.namespace + ${cel(after)})`,
      message: 'A Service of type ExternalName leads to the Services of its own namespace only.',
    },
  ],
};

/**
 * Pods neither push others off their node nor choose it, and hold no token of the API server: their accounts have no rights, and a role
 * of AWS would come by such a token too.
 * Sources: https://kubernetes.io/docs/concepts/scheduling-eviction/pod-priority-preemption/ and
 * https://docs.aws.amazon.com/eks/latest/userguide/iam-roles-for-service-accounts.html
 */
const pods: Policy = {
  name: 'pods',
  groups: [''],
  resources: ['pods'],
  operations: ['CREATE'],
  rules: [
    {
      expression: '!object.spec.?priorityClassName.orValue("").startsWith("system-")',
      message: 'Pods of an environment have no priority over those of the cluster.',
    },
    {
      expression:
        'object.spec.?nodeName.orValue("") == "" && object.spec.?tolerations.orValue([]).all(t, t.?key.orValue("").startsWith("node.kubernetes.io/"))',
      message:
        'Pods of an environment run where the scheduler puts them, and on no node that is kept for something else.',
    },
    {
      expression:
        'object.spec.?volumes.orValue([]).all(v, v.?projected.?sources.orValue([]).all(s, !has(s.serviceAccountToken)))',
      message: 'Pods of an environment hold no token: set automountServiceAccountToken to false.',
    },
  ],
};

/** CEL: a block of addresses leaves out those where nodes and pods get credentials of AWS. */
const LEAVES_OUT = METADATA_ADDRESSES.map(
  (address) =>
    `(!cidr(t.ipBlock.cidr).containsIP(${cel(address)}) || t.ipBlock.?except.orValue([]).exists(e, cidr(e).containsIP(${cel(address)})))`,
).join(' && ');

/** Closed is what the other policies do not open: none of them opens everything, or the way to the metadata address. */
const networks: Policy = {
  name: 'networks',
  groups: ['networking.k8s.io'],
  resources: ['networkpolicies'],
  operations: ['CREATE', 'UPDATE'],
  rules: [
    {
      expression:
        'object.spec.?egress.orValue([]).all(e, e.?to.orValue([]).size() > 0 || (e.?ports.orValue([]).size() > 0 && e.ports.all(p, string(p.?port.orValue(0)) == "53")))',
      message: 'A network policy of an environment says where to: only questions to DNS may go anywhere.',
    },
    {
      expression: `object.spec.?egress.orValue([]).all(e, e.?to.orValue([]).all(t, !has(t.ipBlock) || (${LEAVES_OUT})))`,
      message: 'A network policy of an environment opens no way to the metadata address.',
    },
  ],
};
