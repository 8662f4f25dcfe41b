/** The code of the functions as it is deployed. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { bundleOf } from '../../lib/bundling/bundle.ts';
import { FUNCTIONS } from '../../lib/bundling/functions.ts';

/**
 * Beyond that something was bundled that no function needs. The largest is `build`: YAML, the parsers of service files and charts, and the
 * client of S3, 721 KiB.
 */
const LARGEST = 736 * 1024;

describe('bundles', () => {
  it.each(FUNCTIONS)('%s is one small file that names no credentials chain and no source map', (name) => {
    const code = bundleOf(name);
    expect(code.length).toBeLessThan(LARGEST);
    expect(code).not.toContain('credential_process');
    expect(code).not.toContain('sourceMappingURL');
  });

  it('start as Lambda starts them, and refuse what they cannot read', async () => {
    // What the function logs of it belongs into no test report.
    vi.stubEnv('POWERTOOLS_LOG_LEVEL', 'SILENT');
    const folder = mkdtempSync(join(tmpdir(), 'espalier-bundle-'));
    try {
      writeFileSync(join(folder, 'index.js'), bundleOf('probe'));
      const { handler } = createRequire(import.meta.url)(join(folder, 'index.js')) as {
        readonly handler: (event: unknown, invocation: unknown) => Promise<unknown>;
      };
      const invocation = { awsRequestId: 'one', getRemainingTimeInMillis: () => 1_000 };
      await expect(handler({ action: 'dance' }, invocation)).rejects.toThrow(/cannot be read/);
    } finally {
      vi.unstubAllEnvs();
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
