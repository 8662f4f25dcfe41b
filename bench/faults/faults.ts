/**
 * What goes wrong on purpose: each fault as data, and how it is brought about. Every one ends by itself. Separate from the moments at
 * which they come, which are chance.
 */
import { askCluster } from '../../local/existing-cluster/ask.ts';
import { readKubeconfig } from '../../local/existing-cluster/kubeconfig.ts';
import { until } from '../../tour/deviation.ts';
import type { Component, ComponentName } from './components.ts';
import type { KillableLaptop } from './killable-laptop.ts';
import { restarts, standsStill } from './outage.ts';
import type { Chance } from './random-numbers.ts';

/** Kinds of faults, in the words of the report. */
export const FAULTS = [
  'API server killed',
  'API server paused',
  'kubelet paused',
  'gateway stopped',
  'DNS stopped',
  'registry away',
  'pods killed',
  'Espalier killed',
] as const;
export type Fault = (typeof FAULTS)[number];

/** Whom a fault meets. */
export interface Victims {
  readonly kubeconfig: string;
  readonly components: Readonly<Record<ComponentName, Component>>;
  readonly laptop: KillableLaptop;
  /** Where pods are killed; undefined as long as nobody knows the environment. */
  readonly namespace: () => Promise<string | undefined>;
  /** Folder of `*.pid` files of the components. */
  readonly pidFiles?: string | undefined;
}

const OUTAGE_SECONDS = { least: 3, most: 15 };
/** The first pod of a new environment comes after its build. */
const PODS_SECONDS = 120;

/** Brings it about, waits until it is over, and answers what was done, in words. */
export async function inject(fault: Fault, victims: Victims, chance: Chance): Promise<string> {
  const { least, most } = OUTAGE_SECONDS;
  const seconds = least + Math.floor(chance.next() * (most - least + 1));
  const { components, pidFiles } = victims;
  const away = async (name: ComponentName, how: 'paused' | 'killed'): Promise<string> => {
    const component = components[name];
    if (how === 'paused') await standsStill(component.pid(), seconds);
    else await restarts(component.pid(), seconds, pidFiles);
    await component.works();
    return `the ${name} ${how === 'paused' ? 'stood still' : 'was killed, and started again'} ${how === 'paused' ? 'for' : 'after'} ${String(seconds)} s`;
  };
  switch (fault) {
    case 'API server killed':
      return away('API server', 'killed');
    case 'API server paused':
      return away('API server', 'paused');
    case 'kubelet paused':
      return away('kubelet', 'paused');
    case 'gateway stopped':
      return away('gateway', 'killed');
    case 'DNS stopped':
      return away('DNS', 'killed');
    case 'registry away':
      return away('registry', 'killed');
    case 'pods killed':
      return killPods(victims);
    case 'Espalier killed':
      await victims.laptop.kill();
      await victims.laptop.start();
      return 'functions, state machines and builds were killed, and started again';
  }
}

/** Waits until there is one: a fault that meets nobody would prove nothing. */
async function killPods({ kubeconfig, namespace }: Victims): Promise<string> {
  let waited = false;
  return until('a pod to kill', PODS_SECONDS, async (saw) => {
    const where = await namespace();
    saw(where ?? 'no environment yet');
    const killed = where === undefined ? 0 : await killAll(kubeconfig, where);
    const when = waited ? ' as soon as they were there' : '';
    waited = true;
    return killed > 0 ? `${String(killed)} pods of ${where ?? ''} were killed${when}` : undefined;
  });
}

async function killAll(kubeconfig: string, namespace: string): Promise<number> {
  const path = `/api/v1/namespaces/${namespace}/pods?gracePeriodSeconds=0`;
  const { text } = await askCluster(readKubeconfig(kubeconfig), 'DELETE', path);
  const { items = [] } = JSON.parse(text) as { readonly items?: readonly unknown[] };
  return items.length;
}
