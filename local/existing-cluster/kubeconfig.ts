/**
 * Reads a kubeconfig: where the cluster of its current context is, and as whom one speaks to it. Separate because files written by
 * kind, kubeadm, a cloud's command line or by hand say the same in many ways. What is not understood is refused by name.
 * https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/
 */
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parse } from 'yaml';
import { type ExecCommand, execToken } from './exec-token.ts';

/** A cluster and the person whom the kubeconfig makes of us. */
export interface Administrator {
  /** `https://host[:port][/path]`, without a slash at the end. */
  readonly endpoint: string;
  /** For `node:https`: who signed the server's certificate, and the person's own one. */
  readonly tls: {
    readonly ca?: string;
    readonly cert?: string;
    readonly key?: string;
    readonly servername?: string;
    readonly rejectUnauthorized?: boolean;
  };
  /** The person's bearer token, where a certificate does not say it all. */
  readonly token?: () => Promise<string>;
}

type Block = Readonly<Record<string, unknown>>;
interface Kubeconfig {
  readonly 'current-context'?: string;
  readonly contexts?: readonly { readonly name: string; readonly context: Block }[];
  readonly clusters?: readonly { readonly name: string; readonly cluster: Block }[];
  readonly users?: readonly { readonly name: string; readonly user: Block }[];
}

/** Ways to sign in or to connect that this reader does not know. */
const notUnderstood = ['username', 'password', 'auth-provider', 'as', 'as-uid', 'as-groups', 'proxy-url'];

/** The administrator of a kubeconfig file; throws with what is missing in it. */
export function readKubeconfig(path: string): Administrator {
  const wrong = (what: string): Error => new Error(`The kubeconfig ${path} ${what}`);
  const config = (parse(read(path, wrong)) ?? {}) as Kubeconfig;
  const current = config['current-context'];
  const context = config.contexts?.find(({ name }) => name === current)?.context;
  if (context === undefined)
    throw wrong('has no current context. Choose one: kubectl config use-context NAME --kubeconfig FILE');
  const cluster = config.clusters?.find(({ name }) => name === context['cluster'])?.cluster;
  const user = config.users?.find(({ name }) => name === context['user'])?.user;
  if (cluster === undefined || user === undefined)
    throw wrong(`does not say what the cluster or the user of its context ${String(current)} is.`);
  for (const key of notUnderstood)
    if (cluster[key] !== undefined || user[key] !== undefined)
      throw wrong(`uses ${key}, which is not understood here; certificates, token, tokenFile and exec are.`);

  /** A value that stands in the file itself, base64, or in a file beside it. */
  const content = (block: Block, key: string): string | undefined => {
    const inline = block[`${key}-data`];
    if (inline !== undefined) return Buffer.from(asText(inline), 'base64').toString();
    return block[key] === undefined ? undefined : read(beside(path, block[key]), wrong);
  };
  const endpoint = asText(cluster['server']).replace(/\/$/, '');
  if (!endpoint.startsWith('https://')) throw wrong(`names the server "${endpoint}"; an https:// address is needed.`);
  const tls = Object.fromEntries(
    Object.entries({
      ca: content(cluster, 'certificate-authority'),
      cert: content(user, 'client-certificate'),
      key: content(user, 'client-key'),
      servername: cluster['tls-server-name'],
      rejectUnauthorized: cluster['insecure-skip-tls-verify'] === true ? false : undefined,
    }).filter(([, value]) => value !== undefined),
  );
  const token = tokenOf(user, (file) => read(beside(path, file), wrong));
  if (token === undefined && tls['cert'] === undefined)
    throw wrong('gives its user neither a certificate nor a token.');
  return { endpoint, tls, ...(token !== undefined && { token }) };
}

function tokenOf(user: Block, readBeside: (file: unknown) => string): Administrator['token'] {
  const { token, tokenFile, exec } = user;
  // Programs renew the file; it is read again for every request, as kubectl does.
  if (tokenFile !== undefined) return () => Promise.resolve(readBeside(tokenFile).trim());
  if (token !== undefined) return () => Promise.resolve(asText(token));
  return exec === undefined ? undefined : execToken(exec as ExecCommand);
}

/** A value that must be text; anything else is as good as none. */
function asText(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** Paths in a kubeconfig are relative to its folder. */
function beside(path: string, file: unknown): string {
  return resolve(dirname(path), String(file));
}

function read(path: string, wrong: (what: string) => Error): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw Object.assign(wrong(`cannot be used: ${(error as Error).message}`), { cause: error });
  }
}
