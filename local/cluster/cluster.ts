/**
 * A small Kubernetes in this process: the API, controllers, pods and traffic, composed. Separate because it is the one door through
 * which the laptop's main program comes.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ImageFinder } from '../image.ts';
import type { Authenticate } from './api/authenticate.ts';
import { createEngine, objectsOf } from './api/objects.ts';
import { startServer } from './api/server.ts';
import { startControllers } from './controllers/start-controllers.ts';
import { writeKubeconfig } from './kubeconfig.ts';
import { startNetwork } from './network/start-network.ts';
import { startPods, type Pods } from './pods/start-pods.ts';
import { certificatesOf } from './tls.ts';

/** What a cluster needs to start. */
export interface ClusterOptions {
  /** Objects, certificates and pods' files are kept here, and found again at the next start. */
  readonly stateDirectory: string;
  /** 0 takes any free port. */
  readonly apiPort: number;
  readonly gatewayPort: number;
  readonly authenticate: Authenticate;
  readonly images: ImageFinder;
  readonly log: (line: string) => void;
}

/** A running cluster. */
export interface Cluster {
  readonly endpoint: string;
  /** PEM of the authority that signed the endpoint's certificate. */
  readonly certificateAuthority: string;
  readonly kubeconfigPath: string;
  /** `127.0.0.1:PORT`, where HTTPRoutes answer. */
  readonly gatewayAddress: string;
  stop(): Promise<void>;
}

/** Starts the cluster; it is ready when this returns. */
export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  const { stateDirectory, apiPort, gatewayPort, authenticate, images, log } = options;
  mkdirSync(stateDirectory, { recursive: true });
  const certificates = await certificatesOf(stateDirectory);
  const engine = createEngine({ stateDirectory });
  const objects = objectsOf(engine);
  let pods: Pods | undefined;
  const network = await startNetwork(objects, {
    gatewayPort,
    podAddress: (address, port) => pods?.address(address, port),
  });
  const { gatewayAddress, proxyAddress } = network;
  const running = startPods(objects, { images, stateDirectory, proxyAddress, gatewayAddress, log });
  pods = running;
  const controllers = startControllers(objects, { log });
  const tls = { ...certificates.server, ca: certificates.authority };
  const server = await startServer(engine, { port: apiPort, tls, authenticate, pods: () => pods, log });
  const endpoint = `https://127.0.0.1:${server.port}`;
  const kubeconfigPath = join(stateDirectory, 'kubeconfig');
  writeKubeconfig(kubeconfigPath, endpoint, certificates);
  return {
    endpoint,
    certificateAuthority: certificates.authority,
    kubeconfigPath,
    gatewayAddress,
    async stop() {
      await server.stop();
      controllers.stop();
      await running.stop();
      await network.stop();
      engine.store.close();
    },
  };
}
