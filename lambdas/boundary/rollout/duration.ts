/** Parses a duration. Separate because plans and metrics are full of them. It stays the text that was written. */
import { DURATION } from '../../domain/rollout/written-plan.ts';
import { text } from '../values.ts';

/** `10s`, `5m`, `1h`, `1d`. */
export const duration = text(DURATION, 'a duration such as 10s, 5m, 1h or 1d');
