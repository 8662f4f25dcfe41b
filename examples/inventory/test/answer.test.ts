import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answerer } from '../src/answer.ts';
import type { Called } from '../src/called-service.ts';
import { createStock } from '../src/stock.ts';

const who = { service: 'inventory', environment: 'feature-login', commit: 'c0ffee' };
const ordered: Called = { kind: 'answered', status: 200, body: { service: 'orders' } };
const ask = (path: string, init?: RequestInit, orders: Called = ordered): Promise<Response> =>
  answerer(who, createStock([{ sku: 'pear', title: 'Pear', available: 3 }]), async () => orders)(
    new Request(`http://inventory${path}`, init),
  );
const take = (quantity: unknown): RequestInit => ({ method: 'POST', body: JSON.stringify({ quantity }) });

void test('answers the commit on the health path', async () => {
  const response = await ask('/health');
  assert.equal(response.status, 200);
  assert.equal(response.headers.get('espalier-commit'), 'c0ffee');
});

void test('says who answers and what is in stock', async () => {
  assert.deepEqual(await (await ask('/')).json(), { ...who, stock: [{ sku: 'pear', title: 'Pear', available: 3 }] });
});

void test('takes what is there', async () => {
  const response = await ask('/stock/pear/take', take(2));
  assert.equal(response.status, 200);
  assert.equal(((await response.json()) as { item: { available: number } }).item.available, 1);
});

void test('refuses to take more than there is, unknown items, and amounts that are none', async () => {
  assert.equal((await ask('/stock/pear/take', take(4))).status, 409);
  assert.equal((await ask('/stock/plum/take', take(1))).status, 404);
  assert.equal((await ask('/stock/pear/take', take('two'))).status, 400);
  assert.equal((await ask('/stock/pear/take', { method: 'POST', body: 'no json' })).status, 400);
});

void test('says what orders said, and goes on answering when orders is away', async () => {
  const calls = async (orders?: Called): Promise<unknown> =>
    ((await (await ask('/stock', undefined, orders)).json()) as { calls: unknown }).calls;
  assert.deepEqual(await calls(), { orders: { service: 'orders' } });
  assert.deepEqual(await calls({ kind: 'unreachable', reason: 'away' }), { orders: { unreachable: 'away' } });
});
