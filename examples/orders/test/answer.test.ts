import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answerer, type Inventory } from '../src/answer.ts';

const who = { service: 'orders', environment: 'feature-login', commit: 'c0ffee' };
const stocked: Inventory = async () => ({ kind: 'answered', status: 200, body: { service: 'inventory' } });
const soldOut: Inventory = async () => ({ kind: 'answered', status: 409, body: { error: 'Only 0 of pear left.' } });
const away: Inventory = async () => ({ kind: 'unreachable', reason: 'getaddrinfo ENOTFOUND inventory' });
const holds = (most: number) => ({ version: 'abc', values: { greeting: 'Hello', most } });
const shop = { configuration: () => holds(10), receiptKey: 'key' };
const order = (body: unknown): RequestInit => ({ method: 'POST', body: JSON.stringify(body) });
const ask = (inventory: Inventory, path: string, init?: RequestInit): Promise<Response> =>
  answerer(who, inventory, shop)(new Request(`http://orders${path}`, init));

void test('answers the commit on the health path, whether inventory is there or not', async () => {
  assert.equal((await ask(away, '/health')).headers.get('espalier-commit'), 'c0ffee');
});

void test('says who answers and what inventory said', async () => {
  assert.deepEqual(await (await ask(stocked, '/')).json(), {
    ...who,
    greeting: 'Hello',
    orders: [],
    calls: { inventory: { service: 'inventory' } },
  });
});

void test('says that inventory is away and goes on answering', async () => {
  const body = (await (await ask(away, '/')).json()) as { calls: unknown };
  assert.deepEqual(body.calls, { inventory: { unreachable: 'getaddrinfo ENOTFOUND inventory' } });
});

void test('places an order only when inventory gave the goods', async () => {
  assert.equal((await ask(stocked, '/orders', order({ sku: 'pear', quantity: 2 }))).status, 201);
  assert.equal((await ask(soldOut, '/orders', order({ sku: 'pear', quantity: 2 }))).status, 409);
  assert.equal((await ask(away, '/orders', order({ sku: 'pear', quantity: 2 }))).status, 503);
  assert.equal((await ask(stocked, '/orders', order({ sku: 'pear' }))).status, 400);
});

void test('takes no more of one thing than its configuration says', async () => {
  assert.equal((await ask(stocked, '/orders', order({ sku: 'pear', quantity: 11 }))).status, 409);
});

void test('signs receipts with the key of its environment', async () => {
  const placed = await ask(stocked, '/orders', order({ sku: 'pear', quantity: 1 }));
  assert.match(((await placed.json()) as { receipt: string }).receipt, /^[\w-]{43}$/);
});
