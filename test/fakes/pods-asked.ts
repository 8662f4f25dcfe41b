/** Pods as they answer through the API server: well, unless a test says otherwise. */
import type { PodAnswer, PodProxy } from '../../lambdas/ports/pod-proxy.ts';

export class AskedPods implements PodProxy {
  readonly asked: Parameters<PodProxy['ask']>[0][] = [];
  /** Answers by path, by pod, and by its namespace. */
  answer: (path: string, pod: string, namespace: string) => PodAnswer = () => ({
    kind: 'answered',
    status: 200,
    headers: {},
  });

  ask(of: Parameters<PodProxy['ask']>[0]): Promise<PodAnswer> {
    this.asked.push(of);
    return Promise.resolve(this.answer(of.path, of.pod, of.namespace));
  }
}
