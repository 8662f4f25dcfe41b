/** The routes of the orders service. */
import { passedOn, said, type Called, type Passed } from './called-service.ts';
import { createHmac } from 'node:crypto';
import { selfCheck, type Configuration } from './configuration.ts';
import { health, type Identity } from './identity.ts';

export interface Order {
  readonly number: number;
  readonly sku: string;
  readonly quantity: number;
}

/** Calls the inventory service. */
export type Inventory = (path: string, passed: Passed, body?: unknown) => Promise<Called>;

/** `GET /` who answers, the orders, and what inventory says · `GET /orders` the orders · `POST /orders` with `{"sku", "quantity"}` · `GET /health` · `GET /self-check`. */
export function answerer(
  who: Identity,
  inventory: Inventory,
  { configuration, receiptKey }: { readonly configuration: () => Configuration; readonly receiptKey: string },
): (request: Request) => Promise<Response> {
  const orders: Order[] = [];
  return async (request) => {
    const { pathname } = new URL(request.url);
    const { values } = configuration();
    if (pathname === '/health') return health(who);
    if (pathname === '/self-check') return selfCheck(configuration());
    if (pathname === '/' && request.method === 'GET') {
      const { greeting } = values;
      return Response.json({
        ...who,
        greeting,
        orders,
        calls: { inventory: said(await inventory('/', passedOn(request))) },
      });
    }
    if (pathname === '/orders' && request.method === 'GET') return Response.json({ ...who, orders });
    if (pathname === '/orders' && request.method === 'POST') {
      const take: Take = (path, body) => inventory(path, passedOn(request), body);
      const shop = { orders, most: values.most, receiptKey };
      return place(who, take, shop, await request.json().catch(() => undefined));
    }
    return Response.json({ ...who, error: `Nothing at ${request.method} ${pathname}.` }, { status: 404 });
  };
}

/** Takes goods from inventory. */
type Take = (path: string, body: unknown) => Promise<Called>;

interface Shop {
  readonly orders: Order[];
  /** The most of one thing that one order may take. */
  readonly most: number;
  /** Signs receipts; generated for this environment and known nowhere else. */
  readonly receiptKey: string;
}

async function place(who: Identity, take: Take, { orders, most, receiptKey }: Shop, body: unknown): Promise<Response> {
  const wish = parseWish(body);
  if (wish === undefined) {
    return Response.json({ ...who, error: 'Send {"sku": "pear", "quantity": 1}.' }, { status: 400 });
  }
  if (wish.quantity > most) {
    return Response.json({ ...who, refused: `At most ${String(most)} of one thing.` }, { status: 409 });
  }
  const taken = await take(`/stock/${encodeURIComponent(wish.sku)}/take`, { quantity: wish.quantity });
  if (taken.kind === 'unreachable') {
    return Response.json({ ...who, error: `Inventory does not answer: ${taken.reason}` }, { status: 503 });
  }
  if (taken.status !== 200) return Response.json({ ...who, refused: taken.body }, { status: 409 });
  const order = { number: orders.length + 1, ...wish };
  orders.push(order);
  const receipt = createHmac('sha256', receiptKey).update(JSON.stringify(order)).digest('base64url');
  return Response.json({ ...who, order, receipt }, { status: 201 });
}

function parseWish(body: unknown): { sku: string; quantity: number } | undefined {
  if (typeof body !== 'object' || body === null || !('sku' in body) || !('quantity' in body)) return undefined;
  const { sku, quantity } = body;
  return typeof sku === 'string' && typeof quantity === 'number' ? { sku, quantity } : undefined;
}
