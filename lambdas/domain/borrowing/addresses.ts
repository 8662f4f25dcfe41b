/** Where a service finds what it depends on. Separate because it is the one place that knows all ways there are. */
import type { EnvironmentKind } from '../../contracts/kinds.ts';
import type { Installation } from '../manifests/installation.ts';
import { callsByRouter, routerHost } from './router.ts';
import { componentNamed } from './shared-component.ts';

/**
 * Address of a dependency for services in environments of a kind: a component as the settings say; in integration the router, which
 * leads a branch's requests back to it; everywhere else the short name, which is the own service or, for who borrows, integration's.
 */
export function addressOf(settings: Installation, kind: EnvironmentKind, dependency: string): string {
  const component = componentNamed(settings.components, kind, dependency);
  if (component !== undefined) return component.url;
  const host = callsByRouter(settings, kind) ? routerHost(settings.installation, dependency) : dependency;
  return `http://${host}`;
}
