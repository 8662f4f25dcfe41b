/** How a service is built and checked. Separate because only builds read it. */

/** Commands that a build runs in the toolchain image, by phase; empty phases are skipped. */
export interface BuildCommands {
  readonly check: readonly string[];
  readonly compile: readonly string[];
  readonly test: readonly string[];
  readonly benchmark: readonly string[];
  readonly own: readonly string[];
}
