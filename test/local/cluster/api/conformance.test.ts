/** The stand-in answers as a real API server does: the recorded answers of one, which test/cluster asks again. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEngine } from '../../../../local/cluster/api/objects.ts';
import { startServer, type ApiServer } from '../../../../local/cluster/api/server.ts';
import { writeKubeconfig } from '../../../../local/cluster/kubeconfig.ts';
import { certificatesOf } from '../../../../local/cluster/tls.ts';
import { answersOf } from './answers.ts';
import { clientOf, type Client } from './client.ts';
import { play } from './scenario.ts';
import { scenarios } from './scenarios.ts';

describe('the Kubernetes API', () => {
  const directory = mkdtempSync(join(tmpdir(), 'conformance-'));
  let client: Client;
  let server: ApiServer;

  beforeAll(async () => {
    const kubeconfig = join(directory, 'kubeconfig');
    const certificates = await certificatesOf(directory);
    const tls = { ...certificates.server, ca: certificates.authority };
    const engine = createEngine({ stateDirectory: directory });
    const log = (line: string): void => console.error(line);
    const authenticate = (): Promise<undefined> => Promise.resolve(undefined);
    server = await startServer(engine, { port: 0, tls, authenticate, pods: () => undefined, log });
    writeKubeconfig(kubeconfig, `https://127.0.0.1:${server.port}`, certificates);
    client = clientOf(kubeconfig);
  });
  afterAll(async () => {
    client.close();
    await server.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  // Beside each other: they mostly wait for watches to end.
  it.concurrent.each(scenarios.map((scenario, index) => ({ ...scenario, index })))(
    '$name',
    async ({ index, ...scenario }) => {
      const ready = (): Promise<void> => Promise.resolve();
      const seen = await play(client, scenario, `conformance-${index}`, ready);
      // What a client reads is JSON; absent and undefined are the same.
      expect(JSON.parse(JSON.stringify(seen))).toEqual(answersOf(scenario.name));
    },
  );
});
