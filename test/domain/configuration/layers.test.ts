/** What a service sees through its layers. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { configurationFile } from '../../../lambdas/domain/configuration/file.ts';
import { isKindLayer, layersOf, resolve, type LayerValues } from '../../../lambdas/domain/configuration/layers.ts';
import { hasType } from '../../../lambdas/domain/configuration/value.ts';
import type { ConfigurationKey, ServiceConfiguration } from '../../../lambdas/domain/service/configuration.ts';

const TEXTS = (names: readonly string[]): ServiceConfiguration => ({
  subscribe: true,
  keys: Object.fromEntries(names.map((name) => [name, { type: 'text', default: `default.${name}` }])),
});
const valuesOf = (declared: ServiceConfiguration, ...layers: { layer: string; values: LayerValues }[]) =>
  Object.fromEntries(Object.entries(resolve(declared, layers).values).map(([key, { value }]) => [key, value]));

describe('the layers of an environment', () => {
  it('are integration, its kind and itself', () => {
    expect(layersOf({ id: 'feature-login', kind: 'feature' })).toEqual(['integration', 'feature', 'feature-login']);
  });

  it('are fewer where the environment is its kind: production has no layer of a tenant', () => {
    expect(layersOf({ id: 'integration', kind: 'integration' })).toEqual(['integration']);
    expect(layersOf({ id: 'production', kind: 'production' })).toEqual(['integration', 'production']);
    expect(isKindLayer('production')).toBe(true);
    expect(isKindLayer('feature-login')).toBe(false);
  });
});

describe('resolving', () => {
  const declared = TEXTS(['a', 'b', 'c', 'd']);
  const integration = { layer: 'integration', values: { a: 'i.a', b: 'i.b', c: 'i.c', d: 'i.d' } };
  const tenant = { layer: 'feature-login', values: { a: 'f.a' } };

  it('takes the tenant’s word where it has one and integration’s where it has none', () => {
    expect(valuesOf(declared, integration, tenant)).toEqual({ a: 'f.a', b: 'i.b', c: 'i.c', d: 'i.d' });
  });

  it('shows a change of a lower layer at once', () => {
    const changed = { ...integration, values: { ...integration.values, a: 'i2.a', b: 'i2.b' } };
    expect(valuesOf(declared, changed, tenant)).toEqual({ a: 'f.a', b: 'i2.b', c: 'i.c', d: 'i.d' });
  });

  it('says where each value comes from', () => {
    const { values } = resolve(declared, [{ layer: 'integration', values: { b: 'i.b' } }, tenant]);
    expect(Object.entries(values).map(([key, { from }]) => `${key} ${from}`)).toEqual([
      'a feature-login',
      'b integration',
      'c default',
      'd default',
    ]);
  });

  it('leaves out what this version of the service does not take, and says so', () => {
    const layers = [{ layer: 'integration', values: { a: 5, unheard: 'of' } }];
    expect(resolve(declared, layers)).toMatchObject({
      values: { a: { value: 'default.a', from: 'default' } },
      ignored: [
        { layer: 'integration', key: 'a', because: 'wrong-type' },
        { layer: 'integration', key: 'unheard', because: 'unknown-key' },
      ],
    });
  });
});

const name = fc.stringMatching(/^[a-z]{1,3}$/);
const value = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.array(fc.string(), { maxLength: 3 }));
const key: fc.Arbitrary<ConfigurationKey> = fc.oneof(
  fc.record({ type: fc.constant('text'), default: fc.string() }),
  fc.record({ type: fc.constant('number'), default: fc.integer() }),
  fc.record({ type: fc.constant('boolean'), default: fc.boolean() }),
  fc.record({ type: fc.constant('list'), default: fc.array(fc.string(), { maxLength: 3 }) }),
);
const declaration = fc.record({ subscribe: fc.boolean(), keys: fc.dictionary(name, key) });
const layers = fc.array(fc.record({ layer: name, values: fc.dictionary(name, value) }), { maxLength: 4 });

describe('whatever layers say', () => {
  it('every declared key has a value of its type, and nothing else has one', () => {
    fc.assert(
      fc.property(declaration, layers, (declared, said) => {
        const { values } = resolve(declared, said);
        expect(Object.keys(values).toSorted()).toEqual(Object.keys(declared.keys).toSorted());
        for (const [each, { value: got }] of Object.entries(values)) {
          expect(hasType(got, declared.keys[each]?.type ?? 'text')).toBe(true);
        }
      }),
    );
  });

  it('the highest layer that says something of the right type wins', () => {
    fc.assert(
      fc.property(declaration, layers, (declared, said) => {
        const { values } = resolve(declared, said);
        for (const [each, { type, default: given }] of Object.entries(declared.keys)) {
          const words = said.flatMap(({ values: of }) => (Object.hasOwn(of, each) ? [of[each]] : []));
          expect(values[each]?.value).toEqual(words.findLast((word) => hasType(word, type)) ?? given);
        }
      }),
    );
  });

  it('two layers that say the same in another order make the same version, and any visible change another', () => {
    fc.assert(
      fc.property(declaration, layers, name, (declared, said, dependency) => {
        const file = (of: typeof said, address = 'http://x') =>
          configurationFile({ environment: 'e', service: 's' }, resolve(declared, of), { [dependency]: address });
        const turned = said.map(({ layer, values }) => ({
          layer,
          values: Object.fromEntries(Object.entries(values).toReversed()),
        }));
        expect(file(turned)).toEqual(file(said));
        expect(file(said, 'http://y').version).not.toBe(file(said).version);
      }),
    );
  });
});
