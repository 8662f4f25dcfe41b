/** Tenants of the configuration centre in the table. */
import { TABLE, tenantKey } from '../../contracts/table.ts';
import type { Tenant } from '../../domain/configuration/tenant.ts';
import type { Tenants } from '../../ports/configuration.ts';
import { withoutKeys, type Table } from './table.ts';

/** Value of the index key of every tenant. */
const TENANT_OF = 'tenant';

/** Tenants in this table. */
export function dynamoTenants(table: Table): Tenants {
  return {
    async load(environment) {
      const item = await table.get(tenantKey(environment), TABLE.tenantSort);
      return item && (withoutKeys(item) as Tenant);
    },
    async register(tenant) {
      const item = {
        ...tenant,
        [TABLE.partitionKey]: tenantKey(tenant.environment),
        [TABLE.sortKey]: TABLE.tenantSort,
        [TABLE.kindIndexKey]: TENANT_OF,
      };
      const answer = await table.put(item, {
        expression: 'attribute_not_exists(#pk)',
        names: { '#pk': TABLE.partitionKey },
      });
      return answer === 'saved' ? 'registered' : 'known';
    },
    async all() {
      const items = await table.query({
        index: TABLE.kindIndex,
        condition: {
          expression: '#kind = :kind',
          names: { '#kind': TABLE.kindIndexKey },
          values: { ':kind': TENANT_OF },
        },
      });
      return items.map((item) => withoutKeys(item) as Tenant);
    },
    forget: (environment) => table.remove(tenantKey(environment), TABLE.tenantSort),
  };
}
