/** The catalogue: who stands behind each name of an environment. */
import { describe, expect, test } from 'vitest';
import { catalogueOf } from '../../../lambdas/domain/catalogue/catalogue.ts';
import { newRecord } from '../../../lambdas/domain/environment/new-record.ts';
import type { EnvironmentRecord, ServiceRecord } from '../../../lambdas/domain/environment/record.ts';
import type { Dependency } from '../../../lambdas/domain/service/dependencies.ts';

const commit = (digit: string): string => digit.repeat(40);

function service(name: string, of: { commit: string; offers?: string[]; needs?: Dependency[] }): ServiceRecord {
  const promised = { commit: of.commit, offers: of.offers ?? [], dependencies: of.needs ?? [] };
  return {
    repository: name,
    name,
    generation: 1,
    desired: { kind: 'commit', commit: of.commit, since: 0 },
    touched: true,
    promised,
    applied: { commit: of.commit, digest: 'd', generation: 1, side: 'blue', at: 0, url: `http://${name}/`, promised },
  };
}

const record = (id: string, kind: EnvironmentRecord['kind'], ...services: ServiceRecord[]): EnvironmentRecord => ({
  ...newRecord(id, kind, id, 0),
  services: Object.fromEntries(services.map((each) => [each.repository, each])),
});

const lender = record(
  'integration',
  'integration',
  service('orders', { commit: commit('1'), offers: ['v1'] }),
  service('inventory', { commit: commit('2') }),
);
const components = [{ name: 'database', url: 'postgres://database:5432/shop', kinds: ['feature'] }] as const;

describe('the catalogue of a branch', () => {
  const web = service('web', {
    commit: commit('a'),
    needs: ['orders', { name: 'inventory', api: 'v1' }, 'database', 'paymnt'],
  });

  test('says which service runs here, which is borrowed and from where, and what is nowhere', () => {
    const entries = catalogueOf({ record: record('feature-login', 'feature', web), lender, components });
    expect(entries).toEqual([
      { name: 'database', kind: 'component', address: 'postgres://database:5432/shop', offers: [], neededBy: ['web'] },
      {
        name: 'inventory',
        kind: 'borrowed',
        environment: 'integration',
        repository: 'inventory',
        commit: commit('2'),
        address: 'http://inventory/',
        offers: [],
        neededBy: ['web'],
      },
      {
        name: 'orders',
        kind: 'borrowed',
        environment: 'integration',
        repository: 'orders',
        commit: commit('1'),
        address: 'http://orders/',
        offers: ['v1'],
        neededBy: ['web'],
      },
      { name: 'paymnt', kind: 'nobody', offers: [], neededBy: ['web'] },
      {
        name: 'web',
        kind: 'own',
        environment: 'feature-login',
        repository: 'web',
        commit: commit('a'),
        address: 'http://web/',
        offers: [],
        neededBy: [],
      },
    ]);
  });

  test('the own service comes first as soon as there is one, and the lent one again when it goes', () => {
    const own = service('orders', { commit: commit('b') });
    const kindOf = (...services: ServiceRecord[]) =>
      catalogueOf({ record: record('feature-login', 'feature', ...services), lender, components }).find(
        ({ name }) => name === 'orders',
      )?.kind;
    expect(kindOf(web, own)).toBe('own');
    expect(kindOf(web, { ...own, desired: { kind: 'absent', because: 'branch-deleted', since: 0 } })).toBe('borrowed');
  });

  test('pre-release borrows nothing', () => {
    const entries = catalogueOf({ record: record('pre-release', 'pre-release', web), lender, components: [] });
    expect(entries.filter(({ kind }) => kind === 'nobody').map(({ name }) => name)).toEqual([
      'database',
      'inventory',
      'orders',
      'paymnt',
    ]);
  });
});
