/** The routes of the web service. */
import type { Called } from './called-service.ts';
import { health, type Identity } from './identity.ts';
import { page } from './page.ts';

/** `GET /` who answers and the chain of services behind it, as a page for browsers and JSON for everybody else · `GET /health`. */
export function answerer(who: Identity, orders: () => Promise<Called>): (request: Request) => Promise<Response> {
  return async (request) => {
    const { pathname } = new URL(request.url);
    if (pathname === '/health') return health(who);
    if (pathname !== '/' || request.method !== 'GET') {
      return Response.json({ ...who, error: `Nothing at ${request.method} ${pathname}.` }, { status: 404 });
    }
    const called = await orders();
    const answer = {
      ...who,
      calls: { orders: called.kind === 'answered' ? (called.body as object) : { unreachable: called.reason } },
    };
    const browser = request.headers.get('accept')?.includes('text/html') === true;
    return browser
      ? new Response(page(answer), { headers: { 'content-type': 'text/html; charset=utf-8' } })
      : Response.json(answer);
  };
}
