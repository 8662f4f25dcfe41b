import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answerer } from '../src/answer.ts';
import type { Called } from '../src/called-service.ts';

const who = { service: 'web', environment: 'feature-login', commit: 'c0ffee' };
const orders = { service: 'orders', environment: 'integration', commit: 'beef', calls: {} };
const ask = (called: Called, path = '/', accept = '*/*'): Promise<Response> =>
  answerer(who, { orders: async () => called, stock: async () => called })(
    new Request(`http://web${path}`, { headers: { accept } }),
  );

void test('answers the commit on the health path, whether orders is there or not', async () => {
  const response = await ask({ kind: 'unreachable', reason: 'away' }, '/health');
  assert.equal(response.headers.get('espalier-commit'), 'c0ffee');
});

void test('says who answers and what orders said', async () => {
  const response = await ask({ kind: 'answered', status: 200, body: orders });
  assert.deepEqual(await response.json(), { ...who, calls: { orders } });
});

void test('shows browsers a page with the chain of services', async () => {
  const text = await (await ask({ kind: 'answered', status: 200, body: orders }, '/', 'text/html')).text();
  assert.match(text, /<h1>web in feature-login<\/h1>/);
  assert.match(text, /calls <b>orders<\/b> of <b>integration<\/b>/);
});

void test('escapes what other services say', async () => {
  const body = { ...orders, commit: '<script>alert(1)</script>' };
  const text = await (await ask({ kind: 'answered', status: 200, body }, '/', 'text/html')).text();
  assert.ok(!text.includes('<script>'));
});

void test('says what inventory said, and passes on by which environment the request came', async () => {
  let passed: unknown;
  const stock = async (given: unknown): Promise<Called> => {
    passed = given;
    return { kind: 'answered', status: 200, body: { service: 'inventory' } };
  };
  const response = await answerer(who, { orders: stock, stock })(
    new Request('http://web/stock', { headers: { baggage: 'a=1,environment=feature-login' } }),
  );
  assert.deepEqual(await response.json(), { ...who, calls: { inventory: { service: 'inventory' } } });
  assert.deepEqual(passed, { baggage: 'a=1,environment=feature-login' });
});
