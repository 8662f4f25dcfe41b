/**
 * The recorded answers, against which the laptop's Kubernetes API is tested, are still those of a real API server: every scenario is
 * asked again here. When one differs after an upgrade, test/local/cluster/api/record-answers.ts makes its record anew, and the
 * ordinary tests say where the stand-in no longer agrees. Needs KUBECONFIG.
 */
import { afterAll, describe, expect, test } from 'vitest';
import { answersOf, recorded } from '../local/cluster/api/answers.ts';
import { clientOf } from '../local/cluster/api/client.ts';
import { play } from '../local/cluster/api/scenario.ts';
import { scenarios } from '../local/cluster/api/scenarios.ts';
import { untilReady } from '../local/cluster/api/until-ready.ts';

const client = clientOf(process.env['KUBECONFIG'] ?? '');
afterAll(() => client.close());

describe('a real API server answers as it is recorded', () => {
  test('the record has the scenarios that are asked, and no others', () => {
    expect(recorded().sort()).toEqual(scenarios.map(({ name }) => name).sort());
  });

  test.concurrent.each(scenarios.map((scenario, index) => ({ ...scenario, index })))(
    '$name',
    // Quotas and namespaces go through caches of a real server that lag on a busy machine; what differs three times does differ.
    { retry: 2 },
    async ({ index, ...scenario }) => {
      const namespace = `conformance-${Date.now() % 100_000}-${index}`;
      const seen = await play(client, scenario, namespace, untilReady(client));
      expect(JSON.parse(JSON.stringify(seen))).toEqual(answersOf(scenario.name));
    },
  );
});
