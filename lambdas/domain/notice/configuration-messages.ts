/** Messages about the configuration: what was changed by whom, why it did not stay, what holds. */
import { describeDifference, type LayerVersion } from '../configuration/version.ts';
import { writeValue } from '../configuration/value.ts';
import { block, code, plain } from './escape.ts';
import type { Message } from './notice.ts';

/** Characters of one value; a whole one stands in the layer's history. */
const LONGEST_VALUE = 200;
/** Keys of one change that are named. */
const MOST_KEYS = 10;

/** A version that was taken back by itself. `because` names the environment, the pod and what its self-check answered. */
export function takenBackMessage({
  bad,
  holds,
  because,
}: {
  readonly bad: LayerVersion;
  readonly holds: LayerVersion;
  readonly because: string;
}): Message {
  const { layer, service, version, author, reason, difference } = bad;
  const keys = difference.map(({ key }) => key);
  return {
    title: `A change of ${service} in ${layer} was taken back`,
    lines: [
      `Version ${String(version)} by ${plain(author)}: ${plain(reason)}`,
      ...listed(difference.map((each) => `• ${code(shortened(describeDifference(each)))}`)),
      'Processes did not bear it:',
      block(because),
      `Version ${String(holds.version)} holds now:`,
      ...listed(keys.map((key) => `• ${code(shortened(`${key}: ${valueIn(holds, key)}`))}`)),
    ],
    nextSteps: [
      `See who changed what: npx espalier config history ${layer} ${service}`,
      'Mend the value, or the service that does not bear it, and set it again.',
    ],
    eventType: 'configuration-taken-back',
  };
}

function valueIn({ values }: LayerVersion, key: string): string {
  const value = Object.hasOwn(values, key) ? values[key] : undefined;
  return value === undefined ? '(nothing: lower layers decide)' : JSON.stringify(writeValue(value));
}

const shortened = (text: string): string =>
  text.length <= LONGEST_VALUE ? text : `${text.slice(0, LONGEST_VALUE - 1)}…`;

function listed(lines: readonly string[]): readonly string[] {
  const more = lines.length - MOST_KEYS;
  return more <= 0 ? lines : [...lines.slice(0, MOST_KEYS), `… and ${String(more)} more`];
}
