/** What experiments run, in the settings: by digest, or nothing. */
import { describe, expect, it } from 'vitest';
import { onLaptop, parseSettings } from '../../../lambdas/boundary/settings/settings.ts';

const read = (text = '') => parseSettings(`repositories: ["*"]\n${text}`, 'settings.yaml');
const IMAGE = `111122223333.dkr.ecr.eu-central-1.amazonaws.com/node@sha256:${'a'.repeat(64)}`;

describe('the image of experiments', () => {
  it('is named by its digest, and may be absent', () => {
    expect(read(`experiments: { image: "${IMAGE}" }`).experiments).toEqual({ image: IMAGE });
    expect(read().experiments).toEqual({});
  });

  it.each([
    ['a tag', 'image: "node:24"', 'found "node:24"; allowed: an image with Node.js 20 or newer by its digest'],
    ['another key', `images: "${IMAGE}"`, 'Did you mean "image"?'],
    ['a list', `image: ["${IMAGE}"]`, 'allowed: an image with Node.js 20'],
  ])('%s is refused', (_what, keys, message) => {
    expect(() => read(`experiments: { ${keys} }`)).toThrow(message);
  });

  it('is what the laptop brings', () => {
    const nodeImage = `node@sha256:${'b'.repeat(64)}`;
    const here = onLaptop(read(`experiments: { image: "${IMAGE}" }`), { gatewayAddress: '127.0.0.1:8000', nodeImage });
    expect(here.experiments).toEqual({ image: nodeImage });
  });
});
