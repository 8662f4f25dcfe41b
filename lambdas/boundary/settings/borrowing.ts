/**
 * Settings of what services share: components that Espalier did not deploy, the router between integration's services, and how long
 * names are remembered. Separate because these keys are about services calling each other and about nothing else.
 */
import * as v from 'valibot';
import { ENVIRONMENT_KINDS } from '../../contracts/kinds.ts';
import { BORROWERS, LENDER } from '../../domain/borrowing/lender.ts';
import { placeOfComponent, portOf } from '../../domain/borrowing/shared-component.ts';
import { LONGEST_SERVICE } from '../../domain/naming/service-key.ts';
import { allowed, dnsLabel, list, oneOf, table, text, whole } from '../values.ts';

const url = v.pipe(
  text(
    /^[a-z][a-z0-9+.-]{0,20}:\/\/[^\s/?#@]+(\/[^\s]*)?$/,
    'an address such as postgres://database:5432/shop, without user and password',
  ),
  v.check((value) => URL.canParse(value) && new URL(value).hostname !== '', allowed('an address with a host')),
  v.check((value) => !URL.canParse(value) || portOf({ url: value }) !== undefined, allowed('an address with a port')),
);

/** IPv4 networks. The metadata address of nodes gives out their rights: no component is there. */
const network = v.pipe(
  text(/^(\d{1,3}\.){3}\d{1,3}\/([89]|[12]\d|3[0-2])$/, 'a network of /8 or smaller such as 10.0.3.0/24'),
  v.check(
    (value) =>
      value
        .split(/[./]/)
        .slice(0, 4)
        .every((part) => Number(part) <= 255),
    allowed('four numbers up to 255'),
  ),
  v.check(
    (value) => !value.startsWith('169.'),
    allowed('any network but 169.0.0.0/8, which holds the metadata address of nodes'),
  ),
);

const component = v.pipe(
  table({
    name: dnsLabel(LONGEST_SERVICE),
    url,
    addresses: v.exactOptional(v.pipe(list(network), v.minLength(1, allowed('at least one network')))),
    kinds: v.optional(v.pipe(list(oneOf(ENVIRONMENT_KINDS)), v.minLength(1, allowed('at least one kind'))), [
      ...BORROWERS,
      LENDER,
    ]),
  }),
  v.forward(
    v.check(
      (value) => placeOfComponent('x', value).kind !== 'unknown',
      'the host of url is outside the cluster, and network policies know no names: give its networks too (addresses: [10.0.3.0/24])',
    ),
    ['addresses'],
  ),
);

/** What services depend on and Espalier did not deploy; each becomes `<NAME>_URL` for who declares it. */
export const components = v.optional(
  v.pipe(
    list(component),
    v.check((declared) => {
      const ids = declared.flatMap(({ name, kinds }) => kinds.map((kind) => `${name}/${kind}`));
      return new Set(ids).size === ids.length;
    }, 'two components have the same name for the same kind of environment; give each kind one'),
  ),
  [],
);

/** An internal Gateway that is there already. Without it the managed gateway routes, where there is one. */
export const router = v.exactOptional(
  table({
    namespace: dnsLabel(63),
    name: dnsLabel(63),
    /** A listener that no load balancer leads to. */
    sectionName: dnsLabel(63),
    address: text(
      /^(?=.{1,253}$)([a-z0-9]([-a-z0-9]*[a-z0-9])?\.)+[a-z0-9]([-a-z0-9]*[a-z0-9])?$/,
      'the DNS name by which pods reach the listener on port 80, such as internal.gateways.svc.cluster.local',
    ),
  }),
);

/** How long callers remember the address of a name. */
export const names = v.optional(table({ rememberedSeconds: v.optional(whole(0, 300), 30) }), {});
