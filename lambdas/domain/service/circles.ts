/** Services that need each other. Separate because nothing refuses a circle; people are told of it. See docs/decisions. */
import { dependencyNames, type Needs } from './dependencies.ts';

/** Every circle among these services, each once, beginning with the name that sorts first: `[['inventory', 'orders']]`. */
export function circlesAmong(services: readonly (Needs & { readonly name: string })[]): readonly (readonly string[])[] {
  const needs = new Map(services.map((service) => [service.name, dependencyNames(service)]));
  const circles = new Map<string, readonly string[]>();
  const follow = (first: string, path: readonly string[]): void => {
    for (const next of needs.get(path.at(-1) ?? '') ?? []) {
      if (next === first) circles.set(path.join(' '), path);
      // A circle is found from its first name on, so that it is found once.
      else if (next > first && !path.includes(next) && needs.has(next)) follow(first, [...path, next]);
    }
  };
  for (const name of [...needs.keys()].toSorted()) follow(name, [name]);
  return [...circles.values()];
}
