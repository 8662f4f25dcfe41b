/**
 * One question to the API of a cluster as its administrator. Separate because the start asks a few and the tour looks whether
 * everything is gone; nothing that the functions ask passes here.
 */
import { request } from 'node:https';
import type { Administrator } from './kubeconfig.ts';

/** Status and text of an answer, mostly JSON; every answer is one, also a refusal. */
export interface Answer {
  readonly status: number;
  readonly text: string;
}

const patienceMs = 10_000;

/** One request, with an object or without. */
export async function askCluster(
  administrator: Administrator,
  method: 'GET' | 'POST' | 'DELETE',
  path: string,
  object?: object,
): Promise<Answer> {
  const token = await administrator.token?.();
  const body = object === undefined ? undefined : JSON.stringify(object);
  return new Promise((resolve, reject) => {
    const sent = request(
      `${administrator.endpoint}${path}`,
      {
        ...administrator.tls,
        method,
        agent: false,
        timeout: patienceMs,
        headers: {
          accept: 'application/json',
          ...(token !== undefined && { authorization: `Bearer ${token}` }),
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
      },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
        response.on('error', reject);
      },
    );
    sent.on('timeout', () => sent.destroy(new Error(`no answer within ${patienceMs / 1000} s`)));
    sent.on('error', (cause) =>
      reject(new Error(`The cluster at ${administrator.endpoint} cannot be reached: ${cause.message}`, { cause })),
    );
    sent.end(body);
  });
}
