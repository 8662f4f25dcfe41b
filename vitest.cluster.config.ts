/**
 * Tests against a real Kubernetes, by KUBECONFIG. Separate from the ordinary tests because they need a cluster, change it (in namespaces of their
 * own, removed at the end) and take minutes: `npx vitest run --config vitest.cluster.config.ts`.
 */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/cluster/**/*.test.ts'],
    pool: 'threads',
    // One after the other: they share the cluster's one small node.
    fileParallelism: false,
    // Scenarios of rollouts mostly wait; so many beside each other leave two cores their air.
    maxConcurrency: 6,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
