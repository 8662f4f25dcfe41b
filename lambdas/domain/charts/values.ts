/**
 * What a chart is rendered with. Separate because one commit is rendered once for all environments: whatever differs between them is
 * not among these values, and is put in when it is deployed.
 */
import type { ServiceDefinition } from '../service/definition.ts';

/** The namespace that charts are rendered for: it stands for that of every environment, and is not the name of any. */
export const CHART_NAMESPACE = 'espalier-every-environment';

/** Bytes that a chart may render: what one service is made of has a tenth of it, and an API server takes 1.5 MiB an object. */
export const LARGEST_CHART = 262_144;

/**
 * The values, as JSON. `fullnameOverride` and `image` are where charts made by `helm create` look; `espalier` holds all of it for others.
 * @param image full name of the image with its tag
 */
export function chartValues({ name, port, health, readiness }: ServiceDefinition, image: string): string {
  const at = image.lastIndexOf(':');
  const [repository, tag] = [image.slice(0, at), image.slice(at + 1)];
  return JSON.stringify({
    fullnameOverride: name,
    image: { repository, tag },
    espalier: { name, image, port, health, readiness: readiness ?? health },
  });
}
