/** Addresses and node ports of Services: separate because they are taken from a common range that all Services share. */
import type { KubeObject } from '../objects.ts';
import type { Json } from './decode.ts';
import { invalid } from './status.ts';
import type { Store } from './store.ts';
import type { Resource } from './table.ts';

const base = [10, 96] as const;
const nodePorts = { first: 30_000, last: 32_767 };

const servicesOf = (store: Store): Json[] => store.list('v1/Service').map((service) => service['spec'] as Json);

/** Gives a Service what it needs and does not have; a taken address is refused. */
export function assignAddresses(store: Store, resource: Resource, service: KubeObject): void {
  const spec = service['spec'] as Json | undefined;
  if (!spec) return;
  service['status'] ??= { loadBalancer: {} };
  if (spec['type'] === 'ExternalName') {
    delete spec['clusterIP'];
    delete spec['clusterIPs'];
    return;
  }
  spec['ipFamilies'] ??= ['IPv4'];
  spec['ipFamilyPolicy'] ??= 'SingleStack';
  const existing = store.get('v1/Service', service.metadata.namespace, service.metadata.name);
  const given = spec['clusterIP'];
  if (!existing && typeof given === 'string' && given !== '' && given !== 'None') {
    const why = /^(\d{1,3}\.){3}\d{1,3}$/.test(given)
      ? servicesOf(store).some((one) => one['clusterIP'] === given) &&
        'failed to allocate IP ' + given + ': provided IP is already allocated'
      : 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)';
    if (why)
      throw invalid(resource, service.metadata.name, [
        {
          reason: 'FieldValueInvalid',
          message: `Invalid value: ${JSON.stringify([given])}: ${why}`,
          field: 'spec.clusterIPs',
        },
      ]);
  }
  if (!given) spec['clusterIP'] = freeAddress(store);
  spec['clusterIPs'] = [spec['clusterIP']];
  if (spec['type'] !== 'NodePort' && spec['type'] !== 'LoadBalancer') return;
  const taken = new Set(
    servicesOf(store).flatMap((one) => ((one['ports'] ?? []) as Json[]).map((port) => port['nodePort'])),
  );
  let next = nodePorts.first;
  for (const port of (spec['ports'] ?? []) as Json[]) {
    while (taken.has(next) && next < nodePorts.last) next += 1;
    if (port['nodePort'] === undefined) taken.add((port['nodePort'] = next));
  }
}

function freeAddress(store: Store): string {
  const taken = new Set(servicesOf(store).map((one) => one['clusterIP']));
  for (let number = 2; ; number += 1) {
    const address = `${base.join('.')}.${number >> 8}.${number & 255}`;
    if (!taken.has(address)) return address;
  }
}
