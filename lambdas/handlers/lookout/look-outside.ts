/**
 * Asks the APIs of AWS what a rollout wants to know. Separate from the rollout because it runs in a function of its own outside the
 * cluster's network, which reads and decides nothing. A service that is away is an answer: the rollout decides what it means.
 */
import type { LookoutAnswer, LookoutRequest } from '../../contracts/lookout.ts';
import type { LookoutPorts } from './ports.ts';

/** Answers everything that is asked. */
export async function lookOutside(ports: LookoutPorts, request: LookoutRequest): Promise<LookoutAnswer> {
  const { about, metrics } = request;
  const [readings, alarms] = await Promise.all([ports.metrics.read(metrics), ports.alarms.states(request.alarms)]);
  return {
    kind: 'seen',
    about,
    metrics: metrics.map(({ name }, index) => ({
      name,
      reading: readings[index] ?? { kind: 'error', because: 'CloudWatch was not asked' },
    })),
    alarms,
  };
}
