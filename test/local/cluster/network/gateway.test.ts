/** The gateway with real pods: who gets a request, by the Gateway API's rules, and what its status says. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BackendReference, RouteParentStatus, RouteRule } from '../../../../local/cluster/kinds.ts';
import {
  ask,
  container,
  createGateway,
  createRoute,
  deploy,
  readyPods,
  startTestCluster,
  statusOf,
  until,
} from '../start-cluster.ts';
import type { Answer, TestCluster } from '../start-cluster.ts';

let it: TestCluster;
beforeAll(async () => {
  it = await startTestCluster();
  createGateway(it);
  const change = { replicas: 1 };
  for (const name of ['blue', 'green'])
    deploy(it, name, { containers: [container({ env: [{ name: 'VERSION', value: name }] })] }, change);
  deploy(it, 'other', { containers: [container({ env: [{ name: 'VERSION', value: 'other' }] })] }, change, 'two');
  await Promise.all([readyPods(it, 'blue', 1), readyPods(it, 'green', 1), readyPods(it, 'other', 1, 'two')]);
});
afterAll(async () => await it.stop());

const to = (name: string, more: Partial<BackendReference> = {}): BackendReference => ({ name, port: 80, ...more });
const get = async (host: string, path = '/', headers = {}): Promise<Answer> =>
  await ask(it.network.gatewayAddress, path, { host, headers });
const parents = (name: string): RouteParentStatus[] =>
  (statusOf(it, 'HTTPRoute', name).parents ?? []) as RouteParentStatus[];
const reasons = async (name: string): Promise<string[]> =>
  (await until(`status of ${name}`, () => parents(name)[0])).conditions.map((own) => own.reason);
const changeRules = (name: string, rules: RouteRule[]): void => {
  const route = it.cluster.get('HTTPRoute', 'one', name);
  if (route) it.cluster.objects.update({ ...route, spec: { ...route.spec, rules } });
};

describe('choosing', () => {
  test('answers 404 where no route is', async () => {
    expect(await get('nowhere.example')).toMatchObject({ status: 404 });
  });

  test('divides requests by weight, and takes a changed weight on at once', async () => {
    const weighted = (blue: number, green: number): RouteRule[] => [
      { backendRefs: [to('blue', { weight: blue }), to('green', { weight: green })] },
    ];
    createRoute(it, 'weighted', { hostnames: ['weighted.example'], rules: weighted(90, 10) });
    const count = async (): Promise<number> => {
      const answers = await Promise.all(Array.from({ length: 100 }, async () => await get('weighted.example')));
      return answers.filter(({ text }) => text === 'version green').length;
    };
    await until('attached', () => parents('weighted').length === 1);
    expect(Math.abs((await count()) - 10)).toBeLessThanOrEqual(2);
    changeRules('weighted', weighted(0, 100));
    await Promise.resolve();
    expect(await count()).toBe(100);
  });

  test('prefers the exact host, the longer path, the method, and more headers; ties go to the older route', async () => {
    createRoute(it, 'general', { hostnames: ['*.shop.example'], rules: [{ backendRefs: [to('blue')] }] });
    createRoute(it, 'special', {
      hostnames: ['a.shop.example'],
      rules: [
        { matches: [{ path: { type: 'PathPrefix', value: '/api' } }], backendRefs: [to('green')] },
        { matches: [{ path: { type: 'Exact', value: '/api/blue' } }], backendRefs: [to('blue')] },
        { matches: [{ path: { type: 'PathPrefix', value: '/api' }, method: 'PUT' }], backendRefs: [to('blue')] },
        {
          matches: [{ path: { type: 'PathPrefix', value: '/' }, headers: [{ name: 'X-Side', value: 'green' }] }],
          backendRefs: [to('green')],
        },
        { matches: [{ queryParams: [{ name: 'side', value: 'green' }] }], backendRefs: [to('green')] },
      ],
    });
    createRoute(it, 'younger', { hostnames: ['*.shop.example'], rules: [{ backendRefs: [to('green')] }] });
    await until('attached', () => parents('younger').length === 1);
    expect((await get('b.shop.example')).text).toBe('version blue');
    expect((await get('a.shop.example', '/api/x')).text).toBe('version green');
    expect((await get('a.shop.example', '/api/blue')).text).toBe('version blue');
    expect((await get('a.shop.example', '/apix')).text).toBe('version blue');
    expect((await ask(it.network.gatewayAddress, '/api', { host: 'a.shop.example', method: 'PUT' })).text).toBe(
      'version blue',
    );
    expect((await get('a.shop.example', '/', { 'x-side': 'green' })).text).toBe('version green');
    expect((await get('a.shop.example', '/?side=green')).text).toBe('version green');
    expect((await get('shop.example')).status).toBe(404);
  });

  test('lets a route with a header match win over another namespace’s on the same host', async () => {
    const hostnames = ['orders.internal'];
    createRoute(it, 'shared', { hostnames, rules: [{ backendRefs: [to('blue')] }] });
    const value = '(^|.*[,; ])environment=feature-x($|[,; ].*)';
    const matches = [{ headers: [{ type: 'RegularExpression' as const, name: 'baggage', value }] }];
    createRoute(it, 'branch', { hostnames, rules: [{ matches, backendRefs: [to('other')] }] }, 'two');
    await until('attached', () => it.cluster.get('HTTPRoute', 'two', 'branch')?.status);
    expect((await get('orders.internal')).text).toBe('version blue');
    expect((await get('orders.internal', '/', { baggage: 'a=b,environment=feature-x;c=d' })).text).toBe(
      'version other',
    );
    expect((await get('orders.internal', '/', { baggage: 'environment=feature-xy' })).text).toBe('version blue');
  });

  test('answers 500 for a backend that is not there and 503 for one without ready pods', async () => {
    deploy(it, 'absent', { containers: [container({ env: [{ name: 'READY', value: 'no' }] })] }, { replicas: 1 });
    createRoute(it, 'broken', {
      hostnames: ['broken.example'],
      rules: [
        { matches: [{ path: { value: '/gone' } }], backendRefs: [to('gone')] },
        { matches: [{ path: { value: '/absent' } }], backendRefs: [to('absent')] },
        { matches: [{ path: { value: '/foreign' } }], backendRefs: [to('other', { namespace: 'two' })] },
      ],
    });
    expect(await reasons('broken')).toEqual(['Accepted', 'BackendNotFound']);
    expect((await get('broken.example', '/gone')).status).toBe(500);
    expect((await get('broken.example', '/foreign')).status).toBe(500);
    const unready = await get('broken.example', '/absent');
    expect(unready).toMatchObject({ status: 503 });
    expect(unready.text).toContain('Service one/absent has no ready endpoint');
    it.cluster.create('ReferenceGrant', {
      metadata: { name: 'grant', namespace: 'two' },
      spec: {
        from: [{ group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', namespace: 'one' }],
        to: [{ group: '', kind: 'Service' }],
      },
    });
    await until('granted', () => it.cluster.get('ReferenceGrant', 'two', 'grant'));
    expect((await get('broken.example', '/foreign')).text).toBe('version other');
  });
});

describe('filters', () => {
  test('change headers, rewrite host and path, and redirect', async () => {
    createRoute(it, 'filters', {
      hostnames: ['filters.example'],
      rules: [
        {
          matches: [{ path: { type: 'PathPrefix', value: '/old' } }],
          filters: [
            {
              type: 'RequestHeaderModifier',
              requestHeaderModifier: { set: [{ name: 'X-Set', value: '1' }], remove: ['x-out'] },
            },
            { type: 'ResponseHeaderModifier', responseHeaderModifier: { add: [{ name: 'X-Answer', value: 'yes' }] } },
            {
              type: 'URLRewrite',
              urlRewrite: {
                hostname: 'inner.example',
                path: { type: 'ReplacePrefixMatch', replacePrefixMatch: '/headers' },
              },
            },
          ],
          backendRefs: [to('blue')],
        },
        {
          matches: [{ path: { type: 'PathPrefix', value: '/away' } }],
          filters: [{ type: 'RequestRedirect', requestRedirect: { scheme: 'https', statusCode: 301 } }],
        },
      ],
    });
    await until('attached', () => parents('filters').length === 1);
    const answer = await get('filters.example', '/old?q=1', { 'x-out': 'gone', 'x-kept': 'kept' });
    expect(answer.headers['x-answer']).toBe('yes');
    const seen = JSON.parse(answer.text) as Record<string, string>;
    expect(seen).toMatchObject({
      url: '/headers?q=1',
      host: 'inner.example',
      'x-set': '1',
      'x-kept': 'kept',
      'x-forwarded-host': 'filters.example',
    });
    expect(seen).not.toHaveProperty('x-out');
    expect(await get('filters.example', '/away/x?y=1')).toMatchObject({
      status: 301,
      headers: { location: 'https://filters.example/away/x?y=1' },
    });
  });

  test('passes large bodies through in both directions', async () => {
    createRoute(it, 'echo', { hostnames: ['echo.example'], rules: [{ backendRefs: [to('blue')] }] });
    await until('attached', () => parents('echo').length === 1);
    const body = 'x'.repeat(3_000_000);
    const answer = await ask(it.network.gatewayAddress, '/echo', { host: 'echo.example', method: 'POST', body });
    expect(answer.text.length).toBe(body.length);
  });

  test('refuses a route with a filter that is not done here', async () => {
    const filters = [{ type: 'RequestMirror', requestMirror: { backendRef: { name: 'green', port: 80 } } }];
    createRoute(it, 'mirror', { hostnames: ['mirror.example'], rules: [{ filters, backendRefs: [to('blue')] }] });
    expect(await reasons('mirror')).toEqual(['UnsupportedValue', 'ResolvedRefs']);
    expect((await get('mirror.example')).status).toBe(404);
  });
});

describe('status', () => {
  test('says with the generation that a route is accepted, or which listener it missed', async () => {
    createRoute(it, 'said', { hostnames: ['said.example'], rules: [{ backendRefs: [to('blue')] }] });
    expect(await reasons('said')).toEqual(['Accepted', 'ResolvedRefs']);
    changeRules('said', [{ backendRefs: [to('green')] }]);
    await until('generation 2', () => parents('said')[0]?.conditions.every((own) => own.observedGeneration === 2));
    const missing = { parentRefs: [{ name: 'public', namespace: 'gateways', sectionName: 'nope' }] };
    createRoute(it, 'missed', { ...missing, hostnames: ['missed.example'], rules: [{ backendRefs: [to('blue')] }] });
    expect(await reasons('missed')).toEqual(['NoMatchingParent', 'ResolvedRefs']);
    expect((await get('missed.example')).status).toBe(404);
  });

  test('keeps routes out that a listener does not allow, by namespace label and by host', async () => {
    const selector = { matchLabels: { routes: 'yes' } };
    const allowedRoutes = { namespaces: { from: 'Selector', selector } };
    it.cluster.create('Gateway', {
      metadata: { name: 'closed', namespace: 'gateways' },
      spec: {
        gatewayClassName: 'inner',
        listeners: [{ name: 'web', hostname: '*.closed.example', port: 80, protocol: 'HTTP', allowedRoutes }],
      },
    });
    const parentRefs = [{ name: 'closed', namespace: 'gateways' }];
    const rules = [{ backendRefs: [to('blue')] }];
    createRoute(it, 'closed', { parentRefs, hostnames: ['x.closed.example'], rules });
    createRoute(it, 'wrong-host', { parentRefs, hostnames: ['x.open.example'], rules });
    expect((await reasons('closed'))[0]).toBe('NotAllowedByListeners');
    const namespace = it.cluster.get('Namespace', undefined, 'one');
    if (namespace)
      it.cluster.objects.update({ ...namespace, metadata: { ...namespace.metadata, labels: { routes: 'yes' } } });
    await until('allowed', () => parents('closed')[0]?.conditions[0]?.reason === 'Accepted');
    await until('host', () => parents('wrong-host')[0]?.conditions[0]?.reason === 'NoMatchingListenerHostname');
    expect((await get('x.closed.example')).text).toBe('version blue');
    await until('counted', () => {
      const { listeners } = statusOf(it, 'Gateway', 'closed', 'gateways') as {
        listeners?: { attachedRoutes: number }[];
      };
      return listeners?.[0]?.attachedRoutes === 1;
    });
    expect(statusOf(it, 'Gateway', 'closed', 'gateways').addresses).toEqual([
      { type: 'IPAddress', value: '127.0.0.1' },
    ]);
  });
});

test('takes changes on late when it is told to lag as a real gateway does', async () => {
  const late = await startTestCluster({ routeDelayMs: 400 });
  createGateway(late);
  deploy(late, 'blue', {}, { replicas: 1 });
  await readyPods(late, 'blue', 1);
  createRoute(late, 'late', { hostnames: ['late.example'], rules: [{ backendRefs: [to('blue')] }] });
  await until('accepted', () => statusOf(late, 'HTTPRoute', 'late').parents);
  expect((await ask(late.network.gatewayAddress, '/', { host: 'late.example' })).status).toBe(404);
  await new Promise((resolve) => setTimeout(resolve, 450));
  expect((await ask(late.network.gatewayAddress, '/', { host: 'late.example' })).status).toBe(200);
  await late.stop();
});
