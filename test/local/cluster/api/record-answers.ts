/**
 * Asks a real API server and keeps its answers: `CLUSTER_CONFORMANCE=kubeconfig node test/local/cluster/api/record-answers.ts [WORD…]`
 * asks the scenarios whose names contain a word; without one, those that have no answers yet.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { clientOf } from './client.ts';
import { play } from './scenario.ts';
import { scenarios } from './scenarios.ts';
import { untilReady } from './until-ready.ts';

const file = new URL('answers.json', import.meta.url);
const known = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
const words = process.argv.slice(2);
const client = clientOf(process.env['CLUSTER_CONFORMANCE'] ?? '');
const answers: Record<string, unknown> = {};
for (const [index, scenario] of scenarios.entries()) {
  const { name } = scenario;
  const wanted = words.length === 0 ? !(name in known) : words.some((word) => name.includes(word));
  answers[name] = wanted
    ? await play(client, scenario, `conformance-${Date.now() % 100_000}-${index}`, untilReady(client))
    : known[name];
}
client.close();
writeFileSync(file, `${JSON.stringify(answers, null, 1)}\n`);
