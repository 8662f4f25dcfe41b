/**
 * Asks the APIs of AWS what a rollout wants to know. Separate from the rollout because it runs in a function of its own outside the
 * cluster's network, which reads and decides nothing. A service that is away is an answer: the rollout decides what it means.
 */
import type {
  LoadBalancerQuestion,
  LoadBalancerReading,
  LookoutAnswer,
  LookoutRequest,
} from '../../contracts/lookout.ts';
import { judgeLoadBalancer } from '../../domain/way-in/load-balancer.ts';
import type { LookoutPorts } from './ports.ts';

/** Answers everything that is asked. */
export async function lookOutside(ports: LookoutPorts, request: LookoutRequest): Promise<LookoutAnswer> {
  const { about, metrics } = request;
  const [readings, alarms, loadBalancer] = await Promise.all([
    ports.metrics.read(metrics),
    ports.alarms.states(request.alarms),
    request.loadBalancer && readLoadBalancer(ports, request.loadBalancer),
  ]);
  return {
    kind: 'seen',
    about,
    metrics: metrics.map(({ name }, index) => ({
      name,
      reading: readings[index] ?? { kind: 'error', because: 'CloudWatch was not asked' },
    })),
    alarms,
    ...(loadBalancer !== undefined && { loadBalancer }),
  };
}

async function readLoadBalancer(ports: LookoutPorts, question: LoadBalancerQuestion): Promise<LoadBalancerReading> {
  const seen = await ports.loadBalancers.view(question.address, question.host);
  if (seen.kind === 'unseen') return { kind: 'unseen', missing: seen.because };
  const judged = judgeLoadBalancer(question, seen.view);
  return judged.kind === 'true' ? { kind: 'confirmed' } : judged;
}
