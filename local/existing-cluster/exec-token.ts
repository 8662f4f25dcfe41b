/**
 * Tokens by the command that a kubeconfig names (`exec`), as managed clusters do it. Separate because it runs a program and keeps
 * what that answered.
 * https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** What a kubeconfig says about its command. */
export interface ExecCommand {
  readonly apiVersion?: string;
  readonly command: string;
  readonly args?: readonly string[] | null;
  readonly env?: readonly { readonly name: string; readonly value: string }[] | null;
}

interface ExecCredential {
  readonly status?: { readonly token?: string; readonly expirationTimestamp?: string };
}

/** Milliseconds before its end at which a token is no longer used. */
const reserve = 60_000;

/** Asks the command when there is no token that is still good; one without an end is good for ever. */
export function execToken({ apiVersion, command, args, env }: ExecCommand): () => Promise<string> {
  let kept: Promise<{ token: string; until: number }> | undefined;
  const ask = async (): Promise<{ token: string; until: number }> => {
    const own = Object.fromEntries((env ?? []).map(({ name, value }) => [name, value]));
    const info = JSON.stringify({ apiVersion, kind: 'ExecCredential', spec: { interactive: false } });
    const { stdout } = await promisify(execFile)(command, [...(args ?? [])], {
      env: { ...process.env, ...own, KUBERNETES_EXEC_INFO: info },
    });
    const { status } = JSON.parse(stdout) as ExecCredential;
    if (status?.token === undefined)
      throw new Error(
        `${command}, which the kubeconfig names, answered no token; certificates by command are not understood here.`,
      );
    const { token, expirationTimestamp } = status;
    return { token, until: expirationTimestamp === undefined ? Infinity : Date.parse(expirationTimestamp) };
  };
  return async () => {
    const before = await kept?.catch(() => undefined);
    if (before !== undefined && Date.now() < before.until - reserve) return before.token;
    kept = ask();
    return (await kept).token;
  };
}
