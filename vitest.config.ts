/** Test settings: one process pool, requirements as test names, nothing shared between files. */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/cluster/**', 'test/laptop/**', 'node_modules/**'],
    pool: 'threads',
    testTimeout: 20_000,
  },
});
