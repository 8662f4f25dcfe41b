/** The adapter against a server that answers as the API is documented, and against ones that do not. */
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { Prometheus } from '../../../lambdas/adapters/prometheus/prometheus.ts';

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  server = undefined;
});

async function serve(listener: RequestListener): Promise<string> {
  const started = createServer(listener);
  server = started;
  await new Promise<void>((resolve) => started.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${String((started.address() as AddressInfo).port)}`;
}
const answering = (body: unknown, status = 200) =>
  serve((_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  });
const vector = (...values: readonly string[]) => ({
  status: 'success',
  data: { resultType: 'vector', result: values.map((value) => ({ metric: {}, value: [1_435_781_451.781, value] })) },
});
const ask = async (url: string) => new Prometheus(url, 300).query('sum(up)', 1_435_781_451_781);

describe('Prometheus', () => {
  it('is asked at the moment of the measurement, by a form', async () => {
    let asked = '';
    const url = await serve((request, response) => {
      request.on('data', (part: Buffer) => (asked += part.toString()));
      request.on('end', () => {
        asked = `${String(request.method)} ${String(request.url)} ${asked}`;
        response.end(JSON.stringify(vector('99.5')));
      });
    });
    expect(await ask(`${url}/prometheus/`)).toEqual({ kind: 'value', value: 99.5 });
    expect(asked).toBe('POST /prometheus/api/v1/query query=sum%28up%29&time=1435781451.781&timeout=300ms');
  });

  it('may answer a scalar', async () => {
    const body = { status: 'success', data: { resultType: 'scalar', result: [1_435_781_451, '7'] } };
    expect(await ask(await answering(body))).toEqual({ kind: 'value', value: 7 });
  });

  it.each(['NaN', '+Inf', '-Inf'])('that answers %s has no data', async (value) => {
    expect(await ask(await answering(vector(value)))).toMatchObject({ kind: 'no-data' });
  });

  it('that has no series has no data', async () => {
    expect(await ask(await answering(vector()))).toMatchObject({ kind: 'no-data' });
  });

  it.each<[string, unknown, number, RegExp]>([
    ['several series', vector('1', '2'), 200, /2 series; it must give one number/],
    ['a matrix', { status: 'success', data: { resultType: 'matrix', result: [] } }, 200, /gives a matrix/],
    [
      'a refusal',
      { status: 'error', errorType: 'bad_data', error: 'parse error: unclosed' },
      400,
      /400: parse error: unclosed/,
    ],
    [
      'a query that ran out of time',
      { status: 'error', errorType: 'timeout', error: 'query timed out' },
      503,
      /query timed out/,
    ],
    ['a page of a proxy', '<html>Bad gateway</html>', 502, /502 without JSON/],
    ['nothing', '', 200, /without JSON/],
    ['null', 'null', 200, /without JSON/],
    ['no result', { status: 'success' }, 200, /no result/],
  ])('that answers %s is an error', async (_what, body, status, because) => {
    const reading = await ask(await answering(body, status));
    expect(reading).toMatchObject({ kind: 'error', because: expect.stringMatching(because) as unknown });
  });

  it('that hangs is an error within its time, before and within the answer', async () => {
    const begun = performance.now();
    expect(await ask(await serve(() => undefined))).toMatchObject({
      kind: 'error',
      because: expect.stringMatching(/within 300 ms/) as unknown,
    });
    server?.closeAllConnections();
    server?.close();
    const half = await serve((_request, response) => {
      response.write('{"status":');
    });
    expect(await ask(half)).toMatchObject({ kind: 'error' });
    expect(performance.now() - begun).toBeLessThan(2_000);
  });

  it('that breaks off or is not there is an error', async () => {
    const broken = await serve((request, response) => {
      response.write('{"status":');
      setTimeout(() => request.socket.destroy(), 20);
    });
    expect(await ask(broken)).toMatchObject({ kind: 'error' });
    expect(await ask('http://127.0.0.1:1')).toMatchObject({ kind: 'error' });
  });

  it('that never stops answering is an error', async () => {
    const flood = await serve((_request, response) => {
      response.end('x'.repeat(1_100_000));
    });
    expect(await ask(flood)).toMatchObject({ kind: 'error' });
  });
});
