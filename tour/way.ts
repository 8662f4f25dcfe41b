/**
 * The way that a request takes through environments, as the services of the shop tell it. Separate because the story and the tests of
 * branches on a real cluster follow the same ways.
 */
import { linkOf, type Answered, type Link } from './ask.ts';
import { until } from './deviation.ts';

/** Names are remembered for some seconds, and the router takes routes on up to two seconds late. */
const NAMES_SECONDS = 45;

/** Environments along a chain of calls, such as `feature-stock → integration → feature-stock`. */
export function way(link: Link | undefined): readonly string[] {
  if (link === undefined) return [];
  const [called] = Object.values(link.calls ?? {});
  return [link.unreachable === undefined ? (link.environment ?? '?') : 'nowhere', ...(called ? way(called) : [])];
}

/** Looks until a chain leads this way; what was answered on the way there when a name led nowhere. */
export async function leads(
  get: () => Promise<Answered>,
  wanted: readonly string[],
): Promise<{ link: Link; gaps: readonly Answered[] }> {
  const gaps: Answered[] = [];
  const link = await until(`the way ${wanted.join(' → ')}`, NAMES_SECONDS, async (saw) => {
    const answered = await get();
    const found = linkOf(answered);
    saw(found ?? answered);
    if (way(found).includes('nowhere') || found === undefined) gaps.push(answered);
    return way(found).join() === wanted.join() ? found : undefined;
  });
  return { link, gaps };
}
