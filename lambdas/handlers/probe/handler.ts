/** Composition of the function `probe`. */
import { HttpProber } from '../../adapters/http/http-prober.ts';
import { systemClock } from '../../adapters/clock/system-clock.ts';
import { entryPoint } from '../../boundary/entry-point.ts';
import { parseProbeInput } from '../../boundary/inputs/probe.ts';
import { probeOutside } from './probe-outside.ts';

const ports = { prober: new HttpProber(), clock: systemClock };

export const handler = entryPoint('rollout', parseProbeInput, (input) => probeOutside(ports, input.probe));
