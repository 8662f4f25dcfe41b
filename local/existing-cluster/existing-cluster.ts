/**
 * A real cluster by kubeconfig in place of the laptop's own, composed: the administrator, the Gateway, the front for functions, Docker
 * and a registry for images. Separate because it is the one door through which the laptop's main program comes.
 */
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { buildToolsWithEngine } from '../aws/aws.ts';
import type { ClusterPlan, PlanOptions } from '../cluster-plan.ts';
import { certificatesOf } from '../cluster/tls.ts';
import { examplesFolder } from '../examples.ts';
import { askCluster } from './ask.ts';
import { dockerVariables, provideBaseImages } from './docker-engine.ts';
import { findGateway } from './find-gateway.ts';
import { startFront } from './front.ts';
import { type Administrator, readKubeconfig } from './kubeconfig.ts';
import { MadeNamespaces } from './made-namespaces.ts';
import { Registry } from './registry.ts';

/** What a person says about the cluster. */
export interface ExistingClusterOptions extends PlanOptions {
  /** Path of a kubeconfig whose current context is an administrator of the cluster. */
  readonly kubeconfig: string;
  /** `HOST[:PORT]`, under which both Docker and the cluster's nodes know it. */
  readonly registry: string;
  /** `NAMESPACE/NAME[@HOST:PORT]`; found out where the cluster has one only. */
  readonly gateway?: string | undefined;
}

/** The image with Node.js that the registry may have, as base of the examples. */
const NODE = { repository: 'node', tag: '24' };

/** Looks at everything that is there already; throws what a person must do first. */
export async function existingCluster(options: ExistingClusterOptions): Promise<ClusterPlan> {
  const { directory, ports, log } = options;
  const kubeconfig = resolve(options.kubeconfig);
  const administrator = readKubeconfig(kubeconfig);
  const id = await identify(administrator);
  const { address, ...gateway } = await findGateway(administrator, options.gateway);
  const registry = await Registry.open(options.registry);
  const engine = await dockerVariables();
  await provideBaseImages(registry, examplesFolder, log);
  const node = await registry.image(NODE.repository, NODE.tag);
  const state = join(directory, 'cluster');
  mkdirSync(state, { recursive: true });
  const { authority, server } = await certificatesOf(state);
  const endpoint = `https://127.0.0.1:${ports.kubernetes}`;
  log(
    `cluster ${administrator.endpoint}, Gateway ${gateway.namespace}/${gateway.name} at ${address}, images by ${registry.host}`,
  );
  return {
    context: {
      gatewayAddress: address,
      gateway,
      ...(node !== undefined && { nodeImage: `${registry.host}/${NODE.repository}@${node.digest}` }),
      // There is no network around this cluster; the stacks want its parts named all the same.
      cluster: {
        name: `laptop-${id}`,
        vpc: 'vpc-0',
        subnets: ['subnet-0'],
        securityGroup: 'sg-0',
        endpoint,
        authority: Buffer.from(authority).toString('base64'),
      },
    },
    builds: { tools: buildToolsWithEngine, engine, registry },
    async start(aws) {
      const authenticate = (bearer: string) => aws.authenticate(bearer);
      const made = new MadeNamespaces(join(state, 'made-namespaces.json'));
      const passed: typeof made.saw = (method, path, status) => {
        // The API server of somebody else counts everybody's requests; these are the functions' own.
        aws.count('kubernetes');
        made.saw(method, path, status);
      };
      const front = await startFront({ port: ports.kubernetes, tls: server, administrator, authenticate, passed });
      return {
        endpoint,
        certificateAuthority: authority,
        kubeconfigPath: kubeconfig,
        gatewayAddress: address,
        clear: () => made.remove(administrator),
        stop: () => front.stop(),
      };
    },
  };
}

/** What is this cluster's alone; throws when its user cannot act for others. */
async function identify(administrator: Administrator): Promise<string> {
  const { status, text } = await askCluster(administrator, 'GET', '/api/v1/namespaces/kube-system');
  if (status !== 200) throw new Error(`The cluster does not let this kubeconfig's user in (status ${status}): ${text}`);
  const attributes = { verb: 'impersonate', resource: 'groups', name: 'system:masters' };
  const review = await askCluster(administrator, 'POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SelfSubjectAccessReview',
    spec: { resourceAttributes: attributes },
  });
  if ((JSON.parse(review.text) as { status?: { allowed?: boolean } }).status?.allowed !== true)
    throw new Error(
      "The kubeconfig's user is no administrator of the cluster: it may not act for others (impersonate groups).",
    );
  return (JSON.parse(text) as { metadata: { uid: string } }).metadata.uid.slice(0, 8);
}
