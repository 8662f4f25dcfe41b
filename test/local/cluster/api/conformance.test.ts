/**
 * The stand-in answers as a real API server does. With `CLUSTER_CONFORMANCE=kubeconfig` the same requests go to that cluster, to see
 * that the recorded answers are still its own.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEngine } from '../../../../local/cluster/api/objects.ts';
import { startServer, type ApiServer } from '../../../../local/cluster/api/server.ts';
import { writeKubeconfig } from '../../../../local/cluster/kubeconfig.ts';
import { certificatesOf } from '../../../../local/cluster/tls.ts';
import { clientOf, type Client } from './client.ts';
import { play } from './scenario.ts';
import { scenarios } from './scenarios.ts';
import { untilReady } from './until-ready.ts';

const real = process.env['CLUSTER_CONFORMANCE'];
const answers = JSON.parse(readFileSync(new URL('answers.json', import.meta.url), 'utf8')) as Record<string, unknown>;

describe('the Kubernetes API', () => {
  const directory = mkdtempSync(join(tmpdir(), 'conformance-'));
  let client: Client;
  let server: ApiServer | undefined;

  beforeAll(async () => {
    const kubeconfig = real ?? join(directory, 'kubeconfig');
    if (real === undefined) {
      const certificates = await certificatesOf(directory);
      const tls = { ...certificates.server, ca: certificates.authority };
      const engine = createEngine({ stateDirectory: directory });
      const log = (line: string): void => console.error(line);
      const authenticate = (): Promise<undefined> => Promise.resolve(undefined);
      server = await startServer(engine, { port: 0, tls, authenticate, pods: () => undefined, log });
      writeKubeconfig(kubeconfig, `https://127.0.0.1:${server.port}`, certificates);
    }
    client = clientOf(kubeconfig);
  });
  afterAll(async () => {
    client.close();
    await server?.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  it.each(scenarios.map((scenario, index) => ({ ...scenario, index })))('$name', async ({ index, ...scenario }) => {
    const ready = real === undefined ? async (): Promise<void> => await Promise.resolve() : untilReady(client);
    const seen = await play(
      client,
      scenario,
      `conformance-${Date.now() % 100_000}-${index}`,
      ready,
      real === undefined ? 0.02 : 1,
    );
    // What a client reads is JSON; absent and undefined are the same.
    expect(JSON.parse(JSON.stringify(seen))).toEqual(answers[scenario.name]);
  });
});
