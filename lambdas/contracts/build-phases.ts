/**
 * The phases of a build as authors know them: named by the buildspec's commands, and told when a build fails.
 * Separate because CodeBuild itself only knows that a command of its phase BUILD failed.
 */

/** In their order. */
export const BUILD_PHASES = [
  'source',
  'merge-check',
  'toolchain-image',
  'static-check',
  'compile',
  'unit-tests',
  'benchmark',
  'own-commands',
  'production-image',
  'chart',
  'push',
] as const;
export type BuildPhase = (typeof BUILD_PHASES)[number];

/** The phase whose command CodeBuild quotes in its message, and how that command ended; undefined for any other message. */
export function failedPhase(message: string): { readonly phase: BuildPhase; readonly reason: string } | undefined {
  const [, name, reason] = /phase\.sh\\?" ([a-z-]+).*?Reason: ([^\n]*)/s.exec(message) ?? [];
  const phase = BUILD_PHASES.find((known) => known === name);
  return phase === undefined ? undefined : { phase, reason: (reason ?? '').replace(/\.$/, '') };
}
