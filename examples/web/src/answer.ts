/** The routes of the web service. */
import { passedOn, said, type Called, type Passed } from './called-service.ts';
import { health, type Identity } from './identity.ts';
import { page } from './page.ts';

/** The services behind this one. */
export interface Behind {
  orders(passed: Passed): Promise<Called>;
  stock(passed: Passed): Promise<Called>;
}

/**
 * `GET /` who answers and the chain of services behind orders, `GET /stock` behind inventory, as a page for browsers and JSON for
 * everybody else · `GET /health`.
 */
export function answerer(who: Identity, behind: Behind): (request: Request) => Promise<Response> {
  return async (request) => {
    const { pathname } = new URL(request.url);
    if (pathname === '/health') return health(who);
    if (!['/', '/stock'].includes(pathname) || request.method !== 'GET') {
      return Response.json({ ...who, error: `Nothing at ${request.method} ${pathname}.` }, { status: 404 });
    }
    const passed = passedOn(request);
    const calls =
      pathname === '/'
        ? { orders: said(await behind.orders(passed)) as object }
        : { inventory: said(await behind.stock(passed)) as object };
    const answer = { ...who, calls };
    const browser = request.headers.get('accept')?.includes('text/html') === true;
    return browser
      ? new Response(page(answer), { headers: { 'content-type': 'text/html; charset=utf-8' } })
      : Response.json(answer);
  };
}
