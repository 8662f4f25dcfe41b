/** The environment a request entered by: what the way in writes, and what the router reads. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  carries,
  carryingEnvironment,
  CLAIMS_ENVIRONMENT,
  isClaimTwin,
  memberOf,
} from '../../../lambdas/domain/borrowing/baggage.ts';

const id = fc.stringMatching(/^[a-z0-9]([-a-z0-9]{0,36}[a-z0-9])?$/);
/** Members that a tracing library may send: keys are tokens, values have no comma, semicolon or space. */
const member = fc
  .tuple(fc.stringMatching(/^[A-Za-z0-9_.-]{1,12}$/), fc.stringMatching(/^[!#-+./0-9:<>-[\]-~]{0,12}$/))
  .filter(([key]) => !/environment/i.test(key))
  .map(([key, value]) => `${key}=${value}`);
const separator = fc.constantFrom(',', ', ', ' , ');

describe('reading it', () => {
  test('finds exactly the environment, wherever it stands among other members', () => {
    fc.assert(
      fc.property(id, fc.array(member), fc.array(member), separator, (environment, before, after, between) => {
        const header = [...before, memberOf(environment), ...after].join(between);
        expect(header).toMatch(new RegExp(carries(environment)));
        // Proxies that match the whole value agree.
        expect(header).toMatch(new RegExp(`^(?:${carries(environment)})$`));
        expect(header).not.toMatch(new RegExp(carries(`${environment}x`)));
        expect(header).not.toMatch(new RegExp(carries(`x${environment}`)));
      }),
    );
  });

  test.each(['environment=feature-login2', 'xenvironment=feature-login', 'other=environment', 'environment=feature'])(
    '%s is another environment, or none',
    (header) => {
      expect(header).not.toMatch(new RegExp(carries('feature-login')));
    },
  );
});

describe('writing it', () => {
  test('members of callers that claim no environment are kept', () => {
    fc.assert(
      fc.property(
        fc.array(
          member.filter((text) => !text.includes('%')),
          { minLength: 1 },
        ),
        separator,
        (members, between) => {
          const header = members.join(between);
          fc.pre(!/environment[^=,;]*=/i.test(header));
          expect(header).not.toMatch(new RegExp(CLAIMS_ENVIRONMENT));
        },
      ),
    );
  });

  test.each([
    'environment=feature-other',
    'a=x environment=feature-other',
    'a=1,environment=feature-other',
    'a=1, environment = feature-other',
    'a=1;environment=feature-other',
    'Environment=feature-other',
    '%65nvironment=feature-other',
    'environment=feature-other;ttl=1,b=2',
  ])('a caller that claims one (%s) is told apart, in every spelling that a library would pass on as one', (header) => {
    expect(header).toMatch(new RegExp(CLAIMS_ENVIRONMENT));
    expect(header).toMatch(new RegExp(`^(?:${CLAIMS_ENVIRONMENT})$`));
  });

  test('whatever the router would read as another environment is told apart at the way in', () => {
    fc.assert(
      fc.property(id, fc.string(), fc.string(), (environment, before, after) => {
        const header = `${before}${memberOf(environment)}${after}`;
        fc.pre(!/[\r\n\u2028\u2029]/.test(header) && new RegExp(carries(environment)).test(header));
        expect(header).toMatch(new RegExp(CLAIMS_ENVIRONMENT));
      }),
    );
  });

  test('each rule gets a twin that wins for callers who claim, and is otherwise the same', () => {
    const rule = { matches: [{ path: { type: 'PathPrefix', value: '/' } }], backendRefs: [{ name: 'orders-blue' }] };
    const [twin, plain] = carryingEnvironment([rule], 'feature-login');
    expect(isClaimTwin(twin ?? {})).toBe(true);
    expect(isClaimTwin(plain ?? {})).toBe(false);
    expect(twin).toMatchObject({
      backendRefs: rule.backendRefs,
      filters: [{ requestHeaderModifier: { set: [{ name: 'baggage', value: 'environment=feature-login' }] } }],
    });
    expect(plain).toMatchObject({
      ...rule,
      filters: [{ requestHeaderModifier: { add: [{ name: 'baggage', value: 'environment=feature-login' }] } }],
    });
  });
});
