/**
 * The cluster's certificates: one authority signs the API server and the administrator. Separate because they are made once and kept
 * in the state folder, so that a kubeconfig stays good over restarts.
 */
import { webcrypto } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JsonGeneralName, X509Certificate } from '@peculiar/x509';

/** A certificate and its key, as PEM. */
export interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

/** All certificates of a cluster. */
export interface Certificates {
  readonly authority: string;
  readonly server: KeyPair;
  readonly administrator: KeyPair;
}

/** Who the administrator is: this group may do everything, whatever the roles say. */
const administrator = 'CN=laptop-administrator, O=system:masters';
/** A laptop's cluster may live long; nobody rotates its certificates. */
const validYears = 10;
const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

/** Reads the certificates of a state folder, or makes them. */
export async function certificatesOf(stateDirectory: string): Promise<Certificates> {
  const path = join(stateDirectory, 'certificates.json');
  if (existsSync(path)) return JSON.parse(readFileSync(path, 'utf8')) as Certificates;
  mkdirSync(stateDirectory, { recursive: true });
  const made = await makeCertificates();
  writeFileSync(`${path}.new`, JSON.stringify(made), { mode: 0o600 });
  renameSync(`${path}.new`, path);
  return made;
}

async function makeCertificates(): Promise<Certificates> {
  // Only the first start needs the library, and the library needs this polyfill.
  await import('reflect-metadata');
  const x509 = await import('@peculiar/x509');
  const notBefore = new Date(Date.now() - 60_000);
  const notAfter = new Date(notBefore.getTime() + validYears * 365 * 86_400_000);
  const pem = (label: string, bytes: ArrayBuffer): string => x509.PemConverter.encode(bytes, label);
  const keysOf = async (): Promise<webcrypto.CryptoKeyPair> =>
    await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);

  const authorityKeys = await keysOf();
  const authority = await x509.X509CertificateGenerator.createSelfSigned({
    name: 'CN=laptop-cluster',
    keys: authorityKeys,
    notBefore,
    notAfter,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
    ],
  });
  const sign = async (subject: string, usage: string, names: JsonGeneralName[]): Promise<KeyPair> => {
    const keys = await keysOf();
    const certificate: X509Certificate = await x509.X509CertificateGenerator.create({
      subject,
      issuer: authority.subject,
      notBefore,
      notAfter,
      signingAlgorithm: algorithm,
      publicKey: keys.publicKey,
      signingKey: authorityKeys.privateKey,
      extensions: [
        new x509.ExtendedKeyUsageExtension([usage]),
        ...(names.length > 0 ? [new x509.SubjectAlternativeNameExtension(names)] : []),
      ],
    });
    const key = pem('PRIVATE KEY', await webcrypto.subtle.exportKey('pkcs8', keys.privateKey));
    return { cert: certificate.toString('pem'), key };
  };
  const dns = ['localhost', 'kubernetes', 'kubernetes.default', 'kubernetes.default.svc'];
  const names: JsonGeneralName[] = [
    { type: 'ip', value: '127.0.0.1' },
    ...dns.map((value) => ({ type: 'dns' as const, value })),
  ];
  return {
    authority: authority.toString('pem'),
    server: await sign('CN=kube-apiserver', '1.3.6.1.5.5.7.3.1', names),
    administrator: await sign(administrator, '1.3.6.1.5.5.7.3.2', []),
  };
}
