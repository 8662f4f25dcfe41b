/**
 * One probe and its rhythm. Separate because readiness, liveness and start-up differ only in what follows from a result.
 */
import { request } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Probe } from 'kubernetes-types/core/v1.js';

/** What a probe needs of the container it asks. */
export interface ProbeTarget {
  /** The real port behind a container's port, by number or name. */
  port(named: number | string): number;
  /** Runs a command as the container would; resolves to its exit code. */
  execute(command: readonly string[], timeoutMs: number): Promise<number>;
}

/** Asks once; resolves to what is wrong, or to nothing. */
export async function probeOnce(probe: Probe, target: ProbeTarget): Promise<string | undefined> {
  const timeout = (probe.timeoutSeconds ?? 1) * 1000;
  if (probe.exec) {
    const code = await target.execute(probe.exec.command ?? [], timeout);
    return code === 0 ? undefined : `command "${probe.exec.command?.join(' ')}" exited with ${code}`;
  }
  if (probe.grpc) return await askHealth(target.port(probe.grpc.port), probe.grpc.service ?? '', timeout);
  return await new Promise((resolve) => {
    const failed = (error: Error): void => resolve(error.message || String(error));
    const late = (): void => resolve(`no answer within ${timeout} ms`);
    const port = target.port(probe.httpGet?.port ?? probe.tcpSocket?.port ?? 0);
    if (!probe.httpGet) {
      const socket = connect(port, '127.0.0.1', () => resolve(undefined));
      socket.on('error', failed).setTimeout(timeout, late);
      socket.on('connect', () => socket.destroy()).on('timeout', () => socket.destroy());
      return;
    }
    const { path = '/', httpHeaders = [] } = probe.httpGet;
    const headers = {
      'user-agent': 'kube-probe/1.34',
      ...Object.fromEntries(httpHeaders.map((h) => [h.name, h.value])),
    };
    const asked = request({ host: '127.0.0.1', port, path, headers, agent: false, timeout }, (response) => {
      const { statusCode = 0 } = response;
      response.destroy();
      resolve(statusCode >= 200 && statusCode < 400 ? undefined : `HTTP probe failed with statuscode: ${statusCode}`);
    });
    asked.on('error', failed).on('timeout', () => {
      late();
      asked.destroy();
    });
    asked.end();
  });
}

/** One unary call has a frame of a flag, a length and a message; its status comes in the trailers. */
const frameHead = 5;

/**
 * Asks gRPC's health service; resolves to what is wrong. Without a library: the request is one text field, the answer one number.
 * https://github.com/grpc/grpc/blob/master/doc/health-checking.md
 */
async function askHealth(port: number, service: string, timeout: number): Promise<string | undefined> {
  return await new Promise((resolve) => {
    const session = connectHttp2(`http://127.0.0.1:${port}`);
    const end = (problem?: string): void => {
      clearTimeout(late);
      session.destroy();
      resolve(problem);
    };
    const late = setTimeout(() => end(`no answer within ${timeout} ms`), timeout);
    session.on('error', (error) => end(error.message));
    const name = Buffer.from(service);
    const message = name.length === 0 ? name : Buffer.concat([Buffer.from([0x0a, name.length]), name]);
    const head = Buffer.alloc(frameHead);
    head.writeUInt32BE(message.length, 1);
    const call = session.request({
      ':method': 'POST',
      ':path': '/grpc.health.v1.Health/Check',
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    const chunks: Buffer[] = [];
    let status = '';
    call.on('response', (headers) => (status = String(headers['grpc-status'] ?? status)));
    call.on('trailers', (trailers) => (status = String(trailers['grpc-status'] ?? status)));
    call.on('data', (chunk: Buffer) => chunks.push(chunk));
    call.on('error', (error: Error) => end(error.message));
    call.on('end', () => {
      const answer = Buffer.concat(chunks).subarray(frameHead);
      // SERVING is 1, as the field's only value.
      if (status === '0' && answer[0] === 0x08 && answer[1] === 1) return end();
      return end(
        status === '0'
          ? 'service unhealthy (responded with another state than SERVING)'
          : `gRPC status ${status || 'none'}`,
      );
    });
    call.end(Buffer.concat([head, message]));
  });
}

/** How a probe is kept up. */
export interface Watch {
  /** Ask at once and often until the first success: a pod is ready when it is, not at the next period. */
  readonly eager: boolean;
  /** A probe that found something wrong. */
  readonly onFailure: (message: string) => void;
  /** As many equal results in a row as the probe's thresholds say. */
  readonly onVerdict: (healthy: boolean) => void;
}

/** Asks again and again until `signal` aborts. */
export async function watchProbe(probe: Probe, target: ProbeTarget, signal: AbortSignal, watch: Watch): Promise<void> {
  const period = (probe.periodSeconds ?? 10) * 1000;
  const delay = (probe.initialDelaySeconds ?? 0) * 1000;
  const began = Date.now();
  let counted = began + delay;
  let [successes, failures, eager] = [0, 0, watch.eager];
  if (!eager) await pause(Math.max(delay, period), signal);
  while (!signal.aborted) {
    const problem = await probeOnce(probe, target);
    if (signal.aborted) return;
    if (problem === undefined) {
      [successes, failures, eager] = [successes + 1, 0, false];
      if (successes === (probe.successThreshold ?? 1)) watch.onVerdict(true);
    } else if (!eager || Date.now() - counted >= period) {
      // While asking often, only one failure per period counts, as if it had been asked at its period.
      [successes, failures, counted] = [0, failures + 1, Date.now()];
      watch.onFailure(problem);
      if (failures === (probe.failureThreshold ?? 3)) watch.onVerdict(false);
    } else successes = 0;
    const soon = 40 + (Date.now() - began) / 10;
    const more = successes > 0 && successes < (probe.successThreshold ?? 1) && watch.eager;
    await pause(eager || more ? Math.min(period, soon) : period, signal);
  }
}

/** Waits, or not any longer. */
export async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  await sleep(milliseconds, undefined, { signal }).catch(() => undefined);
}
