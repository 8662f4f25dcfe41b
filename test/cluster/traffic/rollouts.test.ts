/**
 * Rollouts through the real thing: the synthesized stacks on this machine's AWS, pushes to git, the real state machines, decisions of
 * people, pods behind the gateway of a real cluster, its Prometheus, and a load of which every request is counted. Needs what
 * traffic-laptop.ts names. Scenarios of rollouts run beside each other, each in an environment of its own; outages come last and alone.
 */
import { afterAll, beforeAll } from 'vitest';
import { blueGreenScenarios } from './blue-green-scenarios.ts';
import { canaryScenarios } from './canary-scenarios.ts';
import { chartScenarios } from './chart-scenarios.ts';
import { failureScenarios } from './failure-scenarios.ts';
import { outageScenarios } from './outage-scenarios.ts';
import { END, TrafficLaptop } from './traffic-laptop.ts';

let laptop: TrafficLaptop;

beforeAll(async () => {
  laptop = await TrafficLaptop.start();
});

afterAll(() => laptop.stop(), END);

// The one that waits longest comes first.
failureScenarios(() => laptop);
canaryScenarios(() => laptop);
blueGreenScenarios(() => laptop);
chartScenarios(() => laptop);
outageScenarios(() => laptop);
