/** The routes of the inventory service. */
import { passedOn, said, type Called, type Passed } from './called-service.ts';
import { health, type Identity } from './identity.ts';
import type { createStock } from './stock.ts';

/** Asks the orders service what is ordered. */
export type Orders = (passed: Passed) => Promise<Called>;

/**
 * `GET /` who answers and what is there · `GET /stock` the same with what orders says is ordered ·
 * `POST /stock/<sku>/take` with `{"quantity": n}` · `GET /health`.
 */
export function answerer(
  who: Identity,
  stock: ReturnType<typeof createStock>,
  orders: Orders,
): (request: Request) => Promise<Response> {
  return async (request) => {
    const { pathname } = new URL(request.url);
    if (pathname === '/health') return health(who);
    if (pathname === '/' && request.method === 'GET') return Response.json({ ...who, stock: stock.all() });
    if (pathname === '/stock' && request.method === 'GET') {
      return Response.json({ ...who, stock: stock.all(), calls: { orders: said(await orders(passedOn(request))) } });
    }
    const sku = /^\/stock\/([^/]+)\/take$/.exec(pathname)?.[1];
    if (sku === undefined || request.method !== 'POST') {
      return Response.json({ ...who, error: `Nothing at ${request.method} ${pathname}.` }, { status: 404 });
    }
    return take(who, stock, sku, await request.json().catch(() => undefined));
  };
}

function take(who: Identity, stock: ReturnType<typeof createStock>, sku: string, body: unknown): Response {
  const quantity = typeof body === 'object' && body !== null && 'quantity' in body ? body.quantity : undefined;
  if (typeof quantity !== 'number' || !Number.isInteger(quantity) || quantity < 1) {
    return Response.json({ ...who, error: 'Send {"quantity": n} with a whole number from 1.' }, { status: 400 });
  }
  const taken = stock.take(sku, quantity);
  if (taken.kind === 'unknown') return Response.json({ ...who, error: `No item ${sku}.` }, { status: 404 });
  if (taken.kind === 'too-few') {
    return Response.json({ ...who, error: `Only ${String(taken.item.available)} of ${sku} left.` }, { status: 409 });
  }
  return Response.json({ ...who, item: taken.item });
}
