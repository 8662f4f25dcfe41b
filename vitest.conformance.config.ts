/**
 * Tests against real things that need no cluster: `npm run conformance`. Separate from the ordinary tests because whoever runs them
 * brings the thing; without it they fail and say what is missing.
 */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: { include: ['test/conformance/**/*.test.ts'], pool: 'threads', testTimeout: 60_000, hookTimeout: 60_000 },
});
