/**
 * `npm run faults -- --kills 30 --seed 1`: lets things fail at random moments and looks whether what git says becomes true. By itself it
 * kills the laptop; with `--cluster KUBECONFIG --registry HOST` the pods are a real cluster's, and its components fail too. Separate
 * from the model test, which kills between any two writes but runs no processes.
 */
import { parseArgs } from 'node:util';
import { faultCluster } from './faults/cluster-faults.ts';
import { FAULTS } from './faults/faults.ts';
import { killLaptop } from './faults/laptop-kills.ts';
import { chanceOf } from './faults/random-numbers.ts';

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '30' },
    seed: { type: 'string' },
    cluster: { type: 'string' },
    registry: { type: 'string' },
    gateway: { type: 'string', default: 'kube-system/public@127.0.0.1:8000' },
    'pid-files': { type: 'string' },
    only: { type: 'string', multiple: true, default: [...FAULTS] },
    report: { type: 'string' },
  },
});
const kills = whole('kills', values.kills, 1);
const seed = whole('seed', values.seed ?? String(Date.now() % 100_000), 0);
const { cluster, registry, gateway, report } = values;
if (cluster !== undefined && registry === undefined) {
  refuse('--cluster KUBECONFIG needs --registry HOST[:PORT] too, from which the cluster pulls images.');
}

const again = process.argv.slice(2).filter((word, index, all) => word !== '--seed' && all[index - 1] !== '--seed');
console.log(
  `${String(kills)} faults, seed ${String(seed)} (again with: npm run faults -- ${[...again, '--seed', String(seed)].join(' ')})`,
);
try {
  if (cluster === undefined || registry === undefined) await killLaptop(kills, chanceOf(seed));
  else {
    const place = { cluster, registry, gateway, pidFiles: values['pid-files'] };
    const kinds = FAULTS.filter((fault) => values.only.includes(fault));
    const unknown = values.only.filter((name) => !FAULTS.some((fault) => fault === name));
    if (unknown.length > 0) refuse(`There is no fault ${unknown.join(', ')}. There are: ${FAULTS.join(', ')}.`);
    await faultCluster(place, { faults: kills, seed, kinds, report });
  }
} catch (error) {
  process.exitCode = 1;
  console.error(error instanceof Error ? error.message : error);
}

function whole(name: string, text: string, least: number): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= least && number <= 100_000) return number;
  return refuse(`--${name} is ${text}; allowed: a whole number from ${String(least)} to 100000.`);
}

function refuse(message: string): never {
  console.error(message);
  process.exit(2);
}
