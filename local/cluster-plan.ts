/**
 * Which cluster a laptop has: planned before the stacks are synthesized, because they must know it, and started when AWS is open,
 * because AWS says who may enter it. Separate so that the main program does not care whether the cluster is its own.
 */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Aws, type AwsOptions, buildTools } from './aws/aws.ts';
import { type Cluster, startCluster } from './cluster/cluster.ts';
import { ImageStore } from './image-store.ts';
import type { Ports } from './state-directory.ts';
import type { LaptopContext } from './synthesize.ts';

/** A cluster that can be started, and what goes with it. */
export interface ClusterPlan {
  /** What the app must know of it. */
  readonly context: LaptopContext;
  /** How images get into it. */
  readonly builds: Pick<AwsOptions, 'tools' | 'engine' | 'registry'>;
  readonly start: (aws: Aws) => Promise<PlannedCluster>;
}

/** A running cluster that may outlive the laptop. */
export interface PlannedCluster extends Cluster {
  /** Takes out of it what the laptop's functions put into it and custom resources do not take away. */
  clear?(): Promise<void>;
}

/** Where a plan finds and keeps things. */
export interface PlanOptions {
  readonly directory: string;
  readonly ports: Ports;
  readonly log: (line: string) => void;
}

/** The laptop's own cluster: in this process, with pods as processes and images as snapshots of files. */
export async function ownCluster({ directory, ports, log }: PlanOptions): Promise<ClusterPlan> {
  return {
    context: { gatewayAddress: `127.0.0.1:${ports.gateway}`, nodeImage: await bringNode(directory) },
    builds: { tools: buildTools },
    start: (aws) =>
      startCluster({
        stateDirectory: join(directory, 'cluster'),
        apiPort: ports.kubernetes,
        gatewayPort: ports.gateway,
        authenticate: (bearer) => aws.authenticate(bearer),
        images: aws.images,
        log,
      }),
  };
}

/** An image with nothing in it: `node` is the Node.js that runs this program, wherever an image has none of its own. */
async function bringNode(directory: string): Promise<string> {
  const images = new ImageStore(directory);
  const files = join(directory, 'images', 'node~');
  mkdirSync(files, { recursive: true });
  const digest = await images.add(files, {
    entrypoint: ['node'],
    cmd: [],
    env: {},
    workingDir: '/',
    user: '1000',
    labels: {},
    exposedPorts: [],
  });
  rmSync(files, { recursive: true, force: true });
  images.push('node', 'laptop', digest);
  return `node@${digest}`;
}
