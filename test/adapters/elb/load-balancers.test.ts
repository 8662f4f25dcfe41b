/** The adapter of load balancers: its contract over the wire of the ELB API, and what comes of an API that is away. */
import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { elbLoadBalancers } from '../../../lambdas/adapters/elb/load-balancers.ts';
import { LABELS } from '../../../lambdas/contracts/kubernetes.ts';
import { query } from '../../../local/aws/protocols.ts';
import { AwsError } from '../../../local/aws/api.ts';
import { VirtualClock } from '../../../local/aws/step-functions/virtual-clock.ts';
import { FakeCluster } from '../../fakes/cluster.ts';
import { ADDRESS, FakeLoadBalancers } from '../../fakes/load-balancers.ts';
import { loadBalancersContract } from '../contracts/load-balancers-contract.ts';

const HOST = 'orders.example.com';
const ARN = 'arn:aws:elasticloadbalancing:eu-central-1:000000000000';
type Answers = (action: string, input: Readonly<Record<string, unknown>>) => unknown;

/** An account with two load balancers, told in pages of one. */
const ACCOUNT: Answers = (action, input) => {
  const host = (...Values: string[]) => ({ Field: 'host-header', HostHeaderConfig: { Values } });
  const forward = (...groups: [string, number][]) => ({
    Type: 'forward',
    ForwardConfig: { TargetGroups: groups.map(([TargetGroupArn, Weight]) => ({ TargetGroupArn, Weight })) },
  });
  switch (action) {
    case 'DescribeLoadBalancers':
      return input['Marker'] === undefined
        ? { LoadBalancers: [{ LoadBalancerArn: `${ARN}:other`, DNSName: 'x.elb.amazonaws.com' }], NextMarker: 'more' }
        : { LoadBalancers: [{ LoadBalancerArn: `${ARN}:shop`, DNSName: ADDRESS.toUpperCase() }] };
    case 'DescribeListeners':
      return { Listeners: input['LoadBalancerArn'] === `${ARN}:shop` ? [{ ListenerArn: `${ARN}:listener` }] : [] };
    case 'DescribeRules':
      return input['Marker'] === undefined
        ? {
            NextMarker: 'more',
            Rules: [
              {
                Conditions: [
                  host(HOST),
                  { Field: 'http-header', HttpHeaderConfig: { HttpHeaderName: 'X-New', Values: ['yes'] } },
                  { Field: 'path-pattern', PathPatternConfig: { Values: ['/*'] } },
                ],
                Actions: [{ Type: 'authenticate-oidc', Order: 1 }, forward(['green', 100])],
              },
              { Conditions: [host('other.example.com')], Actions: [{ Type: 'forward', TargetGroupArn: 'secret' }] },
            ],
          }
        : {
            Rules: [
              { Conditions: [host(HOST)], Actions: [forward(['blue', 90], ['green', 10])] },
              { IsDefault: true, Conditions: [], Actions: [{ Type: 'fixed-response' }] },
            ],
          };
    case 'DescribeTargetHealth': {
      const Id = input['TargetGroupArn'] === 'blue' ? '10.0.0.1' : '10.0.0.2';
      return { TargetHealthDescriptions: [{ Target: { Id, Port: 8080 }, TargetHealth: { State: 'healthy' } }] };
    }
    default:
      throw new AwsError('InvalidAction', `${action} is not expected.`);
  }
};

/** The SDK's client of a server that speaks the query protocol. */
async function served(answers: Answers, test: (client: ElasticLoadBalancingV2Client) => Promise<void>): Promise<void> {
  const server = createServer((request, response) => {
    const answer = async () => {
      const http = {
        method: 'POST',
        path: '/',
        query: new URLSearchParams(),
        headers: {},
        body: await buffer(request),
      };
      const read = query.read(http);
      try {
        return query.write(read?.action ?? '', answers(read?.action ?? '', read?.input ?? {}));
      } catch (error) {
        return query.fail(error as AwsError);
      }
    };
    void answer().then(({ status, headers, body }) => response.writeHead(status, headers).end(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const client = new ElasticLoadBalancingV2Client({
    endpoint: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    region: 'eu-central-1',
    maxAttempts: 1,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  try {
    await test(client);
  } finally {
    client.destroy();
    server.closeAllConnections();
    server.close();
  }
}

describe('the adapter, over the wire', () => {
  loadBalancersContract((test) =>
    served(ACCOUNT, (client) => test({ loadBalancers: elbLoadBalancers(client), address: ADDRESS, host: HOST })),
  );

  it('takes a rule that names one group without weights', async () => {
    await served(ACCOUNT, async (client) => {
      const seen = await elbLoadBalancers(client).view(ADDRESS, 'other.example.com');
      expect(seen).toMatchObject({ view: { rules: [{ forwards: [{ group: 'secret', weight: 1 }] }] } });
    });
  });

  it.each(['Throttling', 'AccessDenied'])('that answers %s is an answer, not an exception', async (code) => {
    const refusing: Answers = () => {
      throw new AwsError(code, 'not now', code === 'Throttling' ? 400 : 403);
    };
    await served(refusing, async (client) => {
      expect(await elbLoadBalancers(client).view(ADDRESS, HOST)).toEqual({
        kind: 'unseen',
        because: expect.stringMatching(new RegExp(`^Elastic Load Balancing: ${code}.*not now`)) as string,
      });
    });
  });

  it('that never answers is given up in time', async () => {
    const handle = (_request: unknown, { abortSignal }: { readonly abortSignal?: AbortSignal } = {}) =>
      new Promise<never>((_resolve, reject) => {
        abortSignal?.addEventListener('abort', () =>
          reject(Object.assign(new Error('aborted'), { name: 'AbortError' })),
        );
      });
    const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
    const client = new ElasticLoadBalancingV2Client({
      region: 'eu-central-1',
      credentials,
      requestHandler: { handle },
    });
    expect(await elbLoadBalancers(client, 50).view(ADDRESS, HOST)).toEqual({
      kind: 'unseen',
      because: 'Elastic Load Balancing: no answer within 50 ms',
    });
  });
});

describe('the fake', () => {
  loadBalancersContract(async (test) => {
    const clock = new VirtualClock();
    const cluster = new FakeCluster(clock);
    const metadata = { namespace: 'shop' };
    await clock.run(
      (async () => {
        await cluster.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } }, 'test');
        for (const side of ['blue', 'green']) {
          const labels = { app: 'orders', [LABELS.side]: side };
          await cluster.apply(
            {
              apiVersion: 'apps/v1',
              kind: 'Deployment',
              metadata: { ...metadata, name: `orders-${side}`, labels },
              spec: {
                replicas: 1,
                selector: { matchLabels: labels },
                template: { metadata: { labels }, spec: { containers: [{ name: 'main', image: 'x' }] } },
              },
            },
            'test',
          );
        }
        const path = { type: 'PathPrefix', value: '/' };
        const headers = [{ type: 'Exact', name: 'X-New', value: 'yes' }];
        const rules = [
          { matches: [{ path, headers }], backendRefs: [{ name: 'orders-green', port: 80, weight: 100 }] },
          {
            matches: [{ path }],
            backendRefs: [
              { name: 'orders-blue', port: 80, weight: 90 },
              { name: 'orders-green', port: 80, weight: 10 },
            ],
          },
        ];
        const spec = { hostnames: [HOST], rules };
        const route = { apiVersion: 'gateway.networking.k8s.io/v1', kind: 'HTTPRoute' };
        await cluster.apply({ ...route, metadata: { ...metadata, name: 'orders' }, spec }, 'test');
        const loadBalancers = new FakeLoadBalancers(cluster, clock);
        loadBalancers.lag = 0;
        loadBalancers.reconcile();
        loadBalancers.reconcile();
        await test({ loadBalancers, address: ADDRESS, host: HOST });
      })(),
    );
  });
});
