/**
 * Whether a commit fits those it needs and those that need it. Separate because only deliveries ask, and because the answers differ:
 * what the author must change, what another delivery must bring first, and what is only worth knowing.
 *
 * A service counts as soon as it is registered, which is before its dependencies are looked at: services that need each other's
 * interface can be delivered for the first time in any order.
 */
import type { EnvironmentRecord, ServiceRecord } from '../environment/record.ts';
import type { Dependency } from '../service/dependencies.ts';
import { nameOf } from '../service/dependencies.ts';
import { promiseOf, providerOf, type Around } from './catalogue.ts';
import type { Promised } from './promise.ts';

/** `fits` with remarks · `waits` for another delivery · `refused` until a file is changed. */
export type Compatibility =
  | { readonly kind: 'fits'; readonly remarks: readonly string[] }
  | { readonly kind: 'waits'; readonly reason: string }
  | { readonly kind: 'refused'; readonly reason: string };

/** Looks at a service of the environment, registered at this commit. */
export function compatibilityOf(around: Around, service: ServiceRecord, promised: Promised): Compatibility {
  const looked = promised.dependencies.map((dependency) => lookAt(around, dependency));
  const refused = [
    ...looked.flatMap((answer) => (answer.kind === 'refused' ? [answer.reason] : [])),
    ...dropped(around.record, service, promised),
  ];
  if (refused.length > 0) return { kind: 'refused', reason: refused.join('\n') };
  const waits = looked.flatMap((answer) => (answer.kind === 'waits' ? [answer.reason] : []));
  if (waits.length > 0) return { kind: 'waits', reason: waits.join('\n') };
  return { kind: 'fits', remarks: looked.flatMap((answer) => (answer.kind === 'fits' ? answer.remarks : [])) };
}

function lookAt(around: Around, dependency: Dependency): Compatibility {
  const name = nameOf(dependency);
  const api = typeof dependency === 'string' ? undefined : dependency.api;
  const provider = providerOf(around, name);
  const where = around.record.id;
  if (provider.kind === 'component') {
    return api === undefined
      ? { kind: 'fits', remarks: [] }
      : {
          kind: 'refused',
          reason: `Version ${api} of ${name} is needed, but ${name} is a component of the settings, which offers no versions. Write \`${name}\` alone.`,
        };
  }
  if (provider.kind === 'nobody') {
    const nobody = `${name} is neither in ${where}, nor lent by integration, nor a component of the settings`;
    return api === undefined
      ? { kind: 'fits', remarks: [`It needs ${name}, but ${nobody}: its calls fail until ${name} is delivered.`] }
      : {
          kind: 'waits',
          reason: `Version ${api} of ${name} is needed, and nobody offers it yet: ${nobody}. Deliver ${name} first, or correct \`dependencies\`; the next sweeps try again.`,
        };
  }
  const offers = promiseOf(provider.service)?.offers ?? [];
  if (api === undefined || offers.includes(api)) return { kind: 'fits', remarks: [] };
  const there = offers.length === 0 ? 'no version' : offers.join(', ');
  return {
    kind: 'refused',
    reason: `Version ${api} of ${name} is needed, but ${name} in ${provider.environment} offers ${there}. Deliver ${name} with ${api} among its \`offers\`, or need one of those (\`dependencies\`).`,
  };
}

/** Versions that others of the environment need of this service and that it would not offer any more. */
function dropped(record: EnvironmentRecord, service: ServiceRecord, { offers }: Promised): readonly string[] {
  return Object.values(record.services).flatMap((other) => {
    const needed = other.touched && other !== service ? other.applied?.promised?.dependencies : undefined;
    return (needed ?? []).flatMap((dependency) => {
      if (typeof dependency === 'string' || dependency.name !== service.name || offers.includes(dependency.api))
        return [];
      const there = offers.length === 0 ? 'no version' : offers.join(', ');
      return [
        `${other.name ?? other.repository} in ${record.id} needs version ${dependency.api} of ${service.name ?? 'it'}, but this commit offers ${there}. Offer ${dependency.api} too (\`offers\`), or deliver ${other.name ?? other.repository} without that need first.`,
      ];
    });
  });
}
