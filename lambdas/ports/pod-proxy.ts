/** Asks a pod through the API server, so that no network policy needs a hole. */

/** What came back. `unreachable`: no answer of the pod within the time. */
export type PodAnswer =
  | { readonly kind: 'answered'; readonly status: number; readonly headers: Readonly<Record<string, string>> }
  | { readonly kind: 'unreachable'; readonly reason: string };

export interface PodProxy {
  /** One GET. Never throws: a pod that lies, hangs or is gone is an answer. */
  ask(of: {
    readonly namespace: string;
    readonly pod: string;
    readonly port: number;
    readonly path: string;
    readonly timeoutMs: number;
  }): Promise<PodAnswer>;
}
