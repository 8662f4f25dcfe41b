/** How people and read-back reach a service, by what the settings say of its way in. */
import { describe, expect, test } from 'vitest';
import { parentOf } from '../../../lambdas/domain/way-in/gateway.ts';
import { reach } from '../../../lambdas/domain/way-in/reach.ts';

describe('how a service is reached', () => {
  test('on a laptop by a name that leads to the machine itself', () => {
    expect(reach('orders-x.shop.localhost', { access: 'internal', address: '127.0.0.1:8000' }, {})).toEqual({
      shown: 'http://orders-x.shop.localhost:8000/',
      url: 'http://orders-x.shop.localhost:8000',
      connectTo: '127.0.0.1:8000',
    });
  });

  test('with a domain by its name and HTTPS, through the load balancer of its access', () => {
    const addresses = { internal: 'lb-internal.example', public: 'lb-public.example' };
    expect(reach('orders-x.dev.example', { access: 'internal', domain: 'dev.example' }, addresses)).toEqual({
      shown: 'https://orders-x.dev.example/',
      url: 'https://orders-x.dev.example',
      connectTo: 'lb-internal.example',
    });
  });

  test('without a domain by the load balancer’s address and a printed Host header', () => {
    expect(reach('orders-x.shop.localhost', { access: 'internal' }, { internal: 'lb.example' })).toEqual({
      shown: 'http://lb.example/ with header Host: orders-x.shop.localhost',
      url: 'http://orders-x.shop.localhost',
      connectTo: 'lb.example',
    });
  });

  test('through an existing Gateway by its domain, whose DNS is its owner’s', () => {
    const gateway = { namespace: 'edge', name: 'shared' };
    const wayIn = { access: 'internal', domain: 'dev.example', gateway } as const;
    expect(reach('orders-x.dev.example', wayIn, { internal: 'lb.example' })).toEqual({
      shown: 'https://orders-x.dev.example/',
      url: 'https://orders-x.dev.example',
    });
    expect(parentOf('shop', wayIn)).not.toHaveProperty('sectionName');
  });

  test('each access has a listener of its own: no Host header leads from the public way in to an internal environment', () => {
    const sections = (['internal', 'oidc', 'public'] as const).map(
      (access) => parentOf('shop', { access }).sectionName,
    );
    expect(new Set(sections).size).toBe(3);
  });
});
