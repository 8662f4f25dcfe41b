/** Components, router and names in the settings: what is accepted, and what refusals say. */
import { describe, expect, it } from 'vitest';
import { parseSettings } from '../../../lambdas/boundary/settings/settings.ts';

const read = (text: string) => parseSettings(`repositories: ["*"]\n${text}`, 'settings.yaml');

describe('components', () => {
  it('are those of integration for who borrows, unless they say otherwise', () => {
    const { components } = read('components: [{ name: database, url: "postgres://database:5432/shop" }]');
    expect(components).toEqual([
      {
        name: 'database',
        url: 'postgres://database:5432/shop',
        kinds: ['feature', 'performance', 'integration'],
      },
    ]);
  });

  it.each([
    ['a password in the address', 'url: "postgres://shop:secret@database:5432/shop"', 'without user and password'],
    ['no port and no usual one', 'url: "tcp://queue"', 'an address with a port'],
    [
      'a host outside the cluster without its networks',
      'url: "https://bank.example.com"',
      'network policies know no names',
    ],
    ['the metadata address', 'url: "http://x.example.com", addresses: [169.254.169.254/32]', 'metadata address'],
    ['everything', 'url: "http://x.example.com", addresses: [0.0.0.0/0]', 'a network of /8 or smaller'],
  ])('%s is refused', (_what, keys, message) => {
    expect(() => read(`components: [{ name: database, ${keys} }]`)).toThrow(message);
  });

  it('have a name once per kind', () => {
    const twice = (kinds: string) =>
      read(
        `components:\n  - { name: database, url: "redis://a" }\n  - { name: database, url: "redis://b", kinds: [${kinds}] }`,
      );
    expect(() => twice('feature')).toThrow('same name for the same kind');
    expect(twice('production').components).toHaveLength(2);
  });
});

describe('the router', () => {
  it('is named with its listener and the address by which pods reach it', () => {
    const keys =
      '{ namespace: gateways, name: internal, sectionName: services, address: internal.gateways.svc.cluster.local }';
    expect(read(`router: ${keys}`).router).toMatchObject({ name: 'internal', sectionName: 'services' });
    expect(() => read(`router: ${keys.replace('internal.gateways.svc.cluster.local', '10.0.0.1:80')}`)).toThrow(
      'DNS name',
    );
  });
});
