/** Test settings: one process pool, requirements as test names, nothing shared between files. */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/cluster/**', 'test/conformance/**', 'test/laptop/**', 'node_modules/**'],
    pool: 'threads',
    // All processors: by default one is left idle, which on two makes the tests take twice as long.
    maxWorkers: '100%',
    testTimeout: 20_000,
  },
});
