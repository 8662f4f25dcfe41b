/** The routes of the orders service. */
import { passedOn, said, type Called, type Passed } from './called-service.ts';
import { health, type Identity } from './identity.ts';

export interface Order {
  readonly number: number;
  readonly sku: string;
  readonly quantity: number;
}

/** Calls the inventory service. */
export type Inventory = (path: string, passed: Passed, body?: unknown) => Promise<Called>;

/** `GET /` who answers, the orders, and what inventory says · `GET /orders` the orders · `POST /orders` with `{"sku", "quantity"}` · `GET /health`. */
export function answerer(who: Identity, inventory: Inventory): (request: Request) => Promise<Response> {
  const orders: Order[] = [];
  return async (request) => {
    const { pathname } = new URL(request.url);
    if (pathname === '/health') return health(who);
    if (pathname === '/' && request.method === 'GET') {
      return Response.json({ ...who, orders, calls: { inventory: said(await inventory('/', passedOn(request))) } });
    }
    if (pathname === '/orders' && request.method === 'GET') return Response.json({ ...who, orders });
    if (pathname === '/orders' && request.method === 'POST') {
      const take: Take = (path, body) => inventory(path, passedOn(request), body);
      return place(who, take, orders, await request.json().catch(() => undefined));
    }
    return Response.json({ ...who, error: `Nothing at ${request.method} ${pathname}.` }, { status: 404 });
  };
}

/** Takes goods from inventory. */
type Take = (path: string, body: unknown) => Promise<Called>;

async function place(who: Identity, take: Take, orders: Order[], body: unknown): Promise<Response> {
  const wish = parseWish(body);
  if (wish === undefined) {
    return Response.json({ ...who, error: 'Send {"sku": "pear", "quantity": 1}.' }, { status: 400 });
  }
  const taken = await take(`/stock/${encodeURIComponent(wish.sku)}/take`, { quantity: wish.quantity });
  if (taken.kind === 'unreachable') {
    return Response.json({ ...who, error: `Inventory does not answer: ${taken.reason}` }, { status: 503 });
  }
  if (taken.status !== 200) return Response.json({ ...who, refused: taken.body }, { status: 409 });
  const order = { number: orders.length + 1, ...wish };
  orders.push(order);
  return Response.json({ ...who, order }, { status: 201 });
}

function parseWish(body: unknown): { sku: string; quantity: number } | undefined {
  if (typeof body !== 'object' || body === null || !('sku' in body) || !('quantity' in body)) return undefined;
  const { sku, quantity } = body;
  return typeof sku === 'string' && typeof quantity === 'number' ? { sku, quantity } : undefined;
}
