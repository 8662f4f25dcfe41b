/**
 * The address to which the functions behind custom resources send their answers: HTTPS, as the CDK's provider framework insists,
 * with a certificate of an authority that lives as long as this run. Separate because it is the only TLS that AWS has here.
 */
import { randomUUID, webcrypto } from 'node:crypto';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import 'reflect-metadata';
import * as x509 from '@peculiar/x509';
import type { Account, Input } from '../api.ts';

/** What a function answers about a custom resource. */
export interface CustomResourceAnswer {
  readonly Status: 'SUCCESS' | 'FAILED';
  readonly Reason?: string;
  readonly PhysicalResourceId: string;
  readonly Data?: Input;
}

/** The address and who waits at it. */
export interface Responses {
  readonly port: number;
  /** PEM of the authority behind the address. */
  readonly ca: string;
  /** An address for one answer. */
  expect(milliseconds: number): { readonly url: string; readonly arrived: Promise<CustomResourceAnswer> };
  stop(): void;
}

/** Listens on a free port of 127.0.0.1. */
export async function listenForResponses(account: Pick<Account, 'region'>): Promise<Responses> {
  const host = `cloudformation-custom-resource-response-${account.region.replaceAll('-', '')}.s3.${account.region}.amazonaws.com`;
  const waiting = new Map<string, (answer: CustomResourceAnswer) => void>();
  x509.cryptoProvider.set(webcrypto as never);
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: 'CN=laptop',
    keys: keys as never,
    signingAlgorithm: algorithm,
    notAfter: new Date(Date.now() + 365 * 86_400_000),
    extensions: [
      new x509.BasicConstraintsExtension(true),
      new x509.SubjectAlternativeNameExtension([{ type: 'dns', value: host }]),
    ],
  });
  const key = x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey), 'PRIVATE KEY');
  const ca = certificate.toString('pem');
  const server = createServer({ key, cert: ca }, (request, response) => {
    const settle = waiting.get(new URL(request.url ?? '/', 'https://x').pathname.slice(1));
    if (request.method !== 'PUT' || !settle) response.writeHead(403).end();
    else
      json(request).then(
        (answer) => response.end(settle(answer as CustomResourceAnswer)),
        () => response.writeHead(400).end(),
      );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    ca,
    expect(milliseconds) {
      const id = randomUUID();
      const { promise, resolve, reject } = Promise.withResolvers<CustomResourceAnswer>();
      const timer = setTimeout(() => reject(new Error(`no answer came within ${milliseconds / 1000} s`)), milliseconds);
      waiting.set(id, (answer) => {
        clearTimeout(timer);
        waiting.delete(id);
        resolve(answer);
      });
      return { url: `https://${host}/${id}?laptop`, arrived: promise };
    },
    stop() {
      server.close();
      server.closeAllConnections();
    },
  };
}
