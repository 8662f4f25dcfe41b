/** When a route counts as serving a commit. */
import type { Pod } from 'kubernetes-types/core/v1.js';
import type { EndpointSlice } from 'kubernetes-types/discovery/v1.js';
import { describe, expect, test } from 'vitest';
import {
  judgeAnswer,
  judgeEndpoints,
  judgeRoute,
  type RouteReading,
} from '../../../lambdas/domain/read-back/judge-read-back.ts';
import { parentOf } from '../../../lambdas/domain/way-in/gateway.ts';

const WANTED = parentOf('shop', { access: 'internal' });
const TRUE = { kind: 'true' };
const COMMIT = 'a'.repeat(40);
const podsOf = (...names: string[]): readonly Pod[] => names.map((name) => ({ metadata: { name } }));

function route(
  change: { generation?: number; observed?: number; accepted?: string; resolved?: string; sectionName?: string } = {},
): RouteReading {
  const { generation = 3, observed = 3, accepted = 'True', resolved = 'True', sectionName = 'internal' } = change;
  const condition = (type: string, status: string) => ({
    type,
    status,
    reason: 'Because',
    message: 'of that',
    observedGeneration: observed,
  });
  return {
    metadata: { name: 'orders', generation },
    status: {
      parents: [
        { parentRef: { namespace: 'kube-system', name: 'other' }, conditions: [condition('Accepted', 'True')] },
        {
          parentRef: { namespace: WANTED.namespace, name: WANTED.name, sectionName },
          conditions: [condition('Accepted', accepted), condition('ResolvedRefs', resolved)],
        },
      ],
    },
  };
}

describe('the route', () => {
  test('is accepted in its present generation by the Gateway it wants', () => {
    expect(judgeRoute(route(), WANTED)).toEqual(TRUE);
  });
  test.each([
    ['does not exist', undefined, 'does not exist'],
    ['was accepted before its last change', route({ generation: 4 }), 'has not taken the newest change'],
    ['is refused', route({ accepted: 'False' }), 'Accepted=False of route orders (Because: of that)'],
    ['leads to a Service that is not found', route({ resolved: 'False' }), 'ResolvedRefs=False'],
    ['was looked at by another listener only', route({ sectionName: 'public' }), 'has not looked at route orders'],
    ['was looked at by nobody', { metadata: { name: 'orders', generation: 1 } }, 'has not looked at route orders'],
  ])('not while it %s', (_why, seen, missing) => {
    expect(judgeRoute(seen, WANTED)).toEqual({ kind: 'not-yet', missing: expect.stringContaining(missing) as string });
  });
});

describe('the endpoints', () => {
  const slice = (...endpoints: readonly (readonly [string, boolean | undefined])[]): EndpointSlice => ({
    addressType: 'IPv4',
    endpoints: endpoints.map(([name, ready]) => ({
      addresses: ['10.0.0.1'],
      conditions: ready === undefined ? {} : { ready },
      targetRef: { name },
    })),
  });

  test('are ready pods of the commit, all of them', () => {
    expect(judgeEndpoints([slice(['a', true], ['b', true]), slice(['old', false])], podsOf('a', 'b'))).toEqual(TRUE);
  });
  test('not while another version serves, nor while nobody does', () => {
    expect(judgeEndpoints([slice(['a', true], ['old', true])], podsOf('a'))).toEqual({
      kind: 'not-yet',
      missing: expect.stringContaining('pod old') as string,
    });
    expect(judgeEndpoints([slice(['a', false])], podsOf('a'))).toMatchObject({ kind: 'not-yet' });
    expect(judgeEndpoints([], [])).toMatchObject({ kind: 'not-yet' });
  });
  test('and where nobody is ready any more, the pods say why', () => {
    const waiting = (message: string): Pod => ({
      metadata: { name: 'a' },
      status: {
        containerStatuses: [
          {
            name: 'orders',
            image: 'orders',
            imageID: '',
            ready: false,
            restartCount: 0,
            state: { waiting: { reason: 'CreateContainerConfigError', message } },
          },
        ],
      },
    });
    expect(judgeEndpoints([slice(['a', false])], [waiting('secret "orders-blue" not found')])).toEqual({
      kind: 'not-yet',
      missing: expect.stringMatching(
        /no pod is ready behind the Service. Pod a: .*secret "orders-blue" not found/,
      ) as unknown,
      lost: true,
    });
    expect(judgeEndpoints([slice(['a', false])], podsOf('a'))).toEqual({
      kind: 'not-yet',
      missing: 'no pod is ready behind the Service, which waits for pod a to be started',
    });
  });
  test('whose readiness is not said count as ready, as the API defines it', () => {
    expect(judgeEndpoints([slice(['old', undefined])], podsOf('a'))).toMatchObject({ kind: 'not-yet' });
  });
});

describe('the answer', () => {
  const judge = (answer: Parameters<typeof judgeAnswer>[0]) => judgeAnswer(answer, COMMIT, 'http://x/');
  test('is a success, with the commit if the service names one', () => {
    expect(judge({ kind: 'answered', status: 200, commit: COMMIT })).toEqual(TRUE);
    expect(judge({ kind: 'answered', status: 204 })).toEqual(TRUE);
  });
  test.each([
    ['another commit', { kind: 'answered', status: 200, commit: 'b'.repeat(40) }, 'still answers as commit bbbbbbbb'],
    ['a redirect', { kind: 'answered', status: 302 }, 'answers 302'],
    ['no endpoint yet', { kind: 'answered', status: 503, commit: COMMIT }, 'answers 503'],
    ['nothing', { kind: 'unreachable', reason: 'ECONNREFUSED' }, 'cannot be reached: ECONNREFUSED'],
  ] as const)('not: %s', (_what, answer, missing) => {
    expect(judge(answer)).toEqual({ kind: 'not-yet', missing: expect.stringContaining(missing) as string });
  });
});
