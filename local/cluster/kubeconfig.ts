/** The file with which kubectl finds the cluster: separate because people and tools read it, and nothing here does. */
import { writeFileSync } from 'node:fs';
import type { Certificates } from './tls.ts';

const base64 = (text: string): string => Buffer.from(text).toString('base64');

/** Writes the administrator's kubeconfig; JSON is YAML too. */
export function writeKubeconfig(path: string, endpoint: string, { authority, administrator }: Certificates): void {
  const name = 'espalier-laptop';
  const user = {
    'client-certificate-data': base64(administrator.cert),
    'client-key-data': base64(administrator.key),
  };
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': name,
    clusters: [{ name, cluster: { server: endpoint, 'certificate-authority-data': base64(authority) } }],
    users: [{ name, user }],
    contexts: [{ name, context: { cluster: name, user: name } }],
  };
  writeFileSync(path, `${JSON.stringify(config, null, 2)}\n`, { mode: 0o600 });
}
