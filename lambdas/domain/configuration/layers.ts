/**
 * Layers of configuration and what a service sees through them. Resolved when it is read and never copied: a change of a lower layer
 * is there for everybody who does not say otherwise, at once.
 */
import { ENVIRONMENT_KINDS, type EnvironmentKind } from '../../contracts/kinds.ts';
import type { ConfigurationValue, ServiceConfiguration } from '../service/configuration.ts';
import { hasType } from './value.ts';

/** What one layer says about one service, by key. */
export type LayerValues = Readonly<Record<string, ConfigurationValue>>;

/** The layer below all others, above the defaults of the service file. */
export const BASE_LAYER: EnvironmentKind = 'integration';

/**
 * Names of the layers of an environment, the lowest first: integration, its kind, itself. Ids of lasting environments are their kinds, so
 * that kind and tenant are one layer there; no branch can have such an id.
 */
export function layersOf(environment: { readonly id: string; readonly kind: EnvironmentKind }): readonly string[] {
  return [...new Set([BASE_LAYER, environment.kind, environment.id])];
}

/** Whether a layer belongs to all environments of a kind, not to one tenant. */
export function isKindLayer(layer: string): layer is EnvironmentKind {
  return (ENVIRONMENT_KINDS as readonly string[]).includes(layer);
}

/** A value and where it comes from. */
export interface ResolvedValue {
  readonly value: ConfigurationValue;
  /** Name of the layer, or `default` for the service file. */
  readonly from: string;
}

/** What a service sees. */
export interface Resolved {
  readonly values: Readonly<Record<string, ResolvedValue>>;
  /**
   * Values of layers that this version of the service does not take: it does not know the key, or declares another type. They wait for
   * versions that do.
   */
  readonly ignored: readonly {
    readonly layer: string;
    readonly key: string;
    readonly because: 'unknown-key' | 'wrong-type';
  }[];
}

/** Looks through the layers, the lowest first. Total: whatever layers say, every declared key has a value of its type. */
export function resolve(
  declared: ServiceConfiguration | undefined,
  layers: readonly { readonly layer: string; readonly values: LayerValues }[],
): Resolved {
  const keys = declared?.keys ?? {};
  const values: Record<string, ResolvedValue> = {};
  for (const key of Object.keys(keys).toSorted()) {
    const declaration = keys[key];
    if (declaration !== undefined) values[key] = { value: declaration.default, from: 'default' };
  }
  const ignored: Resolved['ignored'][number][] = [];
  for (const { layer, values: said } of layers) {
    for (const [key, value] of Object.entries(said)) {
      const declaration = Object.hasOwn(keys, key) ? keys[key] : undefined;
      if (declaration === undefined) ignored.push({ layer, key, because: 'unknown-key' });
      else if (!hasType(value, declaration.type)) ignored.push({ layer, key, because: 'wrong-type' });
      else values[key] = { value, from: layer };
    }
  }
  return { values, ignored };
}
