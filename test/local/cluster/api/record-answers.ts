/** Asks a real API server all scenarios and keeps its answers: `CLUSTER_CONFORMANCE=kubeconfig node test/local/cluster/api/record-answers.ts`. */
import { writeFileSync } from 'node:fs';
import { clientOf } from './client.ts';
import { play } from './scenario.ts';
import { scenarios } from './scenarios.ts';
import { untilReady } from './until-ready.ts';

const client = clientOf(process.env['CLUSTER_CONFORMANCE'] ?? '');
const answers: Record<string, unknown> = {};
for (const [index, scenario] of scenarios.entries())
  answers[scenario.name] = await play(
    client,
    scenario,
    `conformance-${Date.now() % 100_000}-${index}`,
    untilReady(client),
    1,
  );
client.close();
writeFileSync(new URL('answers.json', import.meta.url), `${JSON.stringify(answers, null, 1)}\n`);
