/** The thread of a load: what runs beside it in the same process, a laptop or a test, neither delays requests nor is delayed by them. */
import { parentPort, workerData } from 'node:worker_threads';
import { Sender, type Sending } from './sender.ts';

/** What a load asks of its thread; every question is answered once, with outcomes. */
export type Question =
  { readonly kind: 'since'; readonly id: number; readonly moment: number } | { readonly kind: 'stop' };

const sender = new Sender(workerData as Sending);
parentPort?.on('message', (question: Question) => {
  if (question.kind === 'stop') sender.stop();
  else parentPort?.postMessage({ id: question.id, outcomes: sender.since(question.moment) });
});
sender.start();
await sender.ended;
parentPort?.postMessage({ id: 'end', outcomes: sender.since(0) });
parentPort?.close();
