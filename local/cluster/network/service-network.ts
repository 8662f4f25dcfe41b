/**
 * How pods reach each other by name: an HTTP proxy (`HTTP_PROXY` of every container) that knows who asks by the user name in the
 * proxy's address. Separate from the gateway, which knows routes and not callers.
 */
import { createServer } from 'node:http';
import type { IncomingMessage, Server } from 'node:http';
import { connect } from 'node:net';
import type { Pod } from '../kinds.ts';
import type { PodAddress } from './destination.ts';
import { answer, forward, onwardHeaders } from './forward.ts';
import { resolve } from './service-names.ts';
import type { View } from '../view.ts';

const established = 'HTTP/1.1 200 Connection established\r\n\r\n';

/** A proxy for absolute requests and CONNECT. */
export function createServiceNetwork(view: View, podAddress: PodAddress): Server {
  const server = createServer({ requestTimeout: 0 }, (request, response) => {
    if (!URL.canParse(request.url ?? '') || !request.url?.startsWith('http:'))
      return answer(
        response,
        400,
        'This is the cluster’s service network: use it as HTTP proxy, with http://<service>/…',
      );
    const url = new URL(request.url);
    const to = resolve(view, podAddress, callerOf(view, request), url.hostname, Number(url.port || 80));
    if (to.kind === 'none') return answer(response, to.status, to.text);
    const path = `${url.pathname}${url.search}`;
    return forward(request, response, { host: to.host, port: to.port, path, headers: onwardHeaders(request) });
  });
  server.on('connect', (request, client, head) => {
    const [, host = '', port = '443'] = /^\[?([^\]]+?)\]?:(\d+)$/.exec(request.url ?? '') ?? [];
    const to = resolve(view, podAddress, callerOf(view, request), host, Number(port));
    // Clients tell nothing of a refused CONNECT: one for plain HTTP is let in, and its first request gets the answer.
    const refuse = (status: number, text: string): void => {
      const words = `HTTP/1.1 ${status} Refused\r\ncontent-type: text/plain\r\nconnection: close\r\n\r\n${text}\n`;
      if (port === '443') return void client.end(words);
      client.write(established);
      client.once('data', () => client.end(words));
      return undefined;
    };
    client.on('error', () => client.destroy());
    if (to.kind === 'none') return refuse(to.status, to.text);
    let connected = false;
    const upstream = connect(to.port, to.host, () => {
      connected = true;
      client.write(established);
      upstream.write(head);
      upstream.pipe(client).pipe(upstream);
    });
    upstream.on('error', (error) => {
      if (!connected) refuse(502, `${host}:${port} did not answer: ${error.message}.`);
      else client.destroy();
    });
    client.on('close', () => upstream.destroy());
    return undefined;
  });
  return server;
}

/** The pod whose uid is the user name in the proxy's address. */
function callerOf(view: View, request: IncomingMessage): Pod | undefined {
  const [, basic = ''] = /^Basic (\S+)$/i.exec(request.headers['proxy-authorization'] ?? '') ?? [];
  const [uid] = Buffer.from(basic, 'base64').toString().split(':');
  return uid ? view.list('Pod').find((pod) => pod.metadata.uid === uid) : undefined;
}
