/** Keys of services, hosts, tags of images, and the word that was probably meant. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { executionName, unmistakableExecutionName } from '../../../lambdas/domain/naming/execution-name.ts';
import { hostLabel, hostOf, hostRivals } from '../../../lambdas/domain/naming/host.ts';
import { imageTag } from '../../../lambdas/domain/naming/image-tag.ts';
import { editDistance, nearest } from '../../../lambdas/domain/naming/nearest.ts';
import { serviceKey } from '../../../lambdas/domain/naming/service-key.ts';

describe('the key of a service', () => {
  it('is the repository when that is a fit name', () => {
    expect(serviceKey('orders')).toBe('orders');
  });

  it('tells repositories apart that differ in case, points or length only', () => {
    const names = ['Orders', 'orders', 'orders_', 'orders.', 'ORDERS', 'environment', 'o'.repeat(25), 'o'.repeat(26)];
    const keys = names.map(serviceKey);
    expect(new Set(keys).size).toBe(names.length);
    for (const key of keys) expect(key).toMatch(/^[a-z0-9][-a-z0-9]{0,23}$/);
    expect(keys).not.toContain('environment');
  });
});

describe('the host of a service', () => {
  it('is below the domain, or below localhost when there is none', () => {
    expect(hostOf('orders', 'feature-login', 'shop', 'dev.example.com')).toBe('orders-feature-login.dev.example.com');
    expect(hostOf('orders', 'feature-login', 'shop', undefined)).toBe('orders-feature-login.shop.localhost');
  });

  it('has exactly those rivals that would have the same label', () => {
    expect(hostRivals('orders-feature', 'integration')).toContainEqual({
      service: 'orders',
      environment: 'feature-integration',
    });
    const word = fc.stringMatching(/^[a-z]{1,3}(-[a-z]{1,3}){0,3}$/);
    fc.assert(
      fc.property(word, word, (service, environment) => {
        for (const rival of hostRivals(service, environment)) {
          expect(hostLabel(rival.service, rival.environment)).toBe(hostLabel(service, environment));
          expect(rival.environment).not.toBe(environment);
        }
        const dashes = hostLabel(service, environment).split('-').length - 1;
        expect(hostRivals(service, environment)).toHaveLength(dashes - 1);
      }),
    );
  });
});

describe('the name of an execution', () => {
  it('can be the same for two pairs, and then has one that cannot', () => {
    expect(executionName('a-b', 'c', 1)).toBe(executionName('a', 'b-c', 1));
    expect(unmistakableExecutionName('a-b', 'c', 1)).not.toBe(unmistakableExecutionName('a', 'b-c', 1));
  });
});

describe('the tag of an image', () => {
  it('names repository and commit', () => {
    expect(imageTag('orders', 'a'.repeat(40))).toBe(`orders.${'a'.repeat(40)}`);
  });

  it.each(['.hidden', '-dash', 'r'.repeat(100)])('is a valid tag for the repository %s', (repository) => {
    expect(imageTag(repository, 'a'.repeat(40))).toMatch(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/);
  });
});

describe('the nearest word', () => {
  it('forgives a slip of the fingers', () => {
    expect(nearest('repositorys', ['installation', 'repositories'])).toBe('repositories');
    expect(nearest('qouta', ['quota', 'limits'])).toBe('quota');
    expect(nearest('Feature-Logn', ['feature-login', 'feature-logout'])).toBe('feature-login');
  });

  it('says nothing rather than something far away', () => {
    expect(nearest('wayOut', ['branches', 'quota'])).toBeUndefined();
  });

  it('measures like a metric', () => {
    const word = fc.string({ maxLength: 8 });
    fc.assert(
      fc.property(word, word, (one, other) => {
        expect(editDistance(one, other)).toBe(editDistance(other, one));
        expect(editDistance(one, other) === 0).toBe(one === other);
        expect(editDistance(one, other)).toBeLessThanOrEqual(Math.max(one.length, other.length));
      }),
    );
  });
});
