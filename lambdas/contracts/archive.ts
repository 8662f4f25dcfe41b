/**
 * Folders of the bucket of an installation's archive. Separate because stacks give rights by them, builds write into them and functions
 * read from them.
 */
export const ARCHIVE_FOLDERS = {
  /** Sources and reports, by build. They expire. */
  builds: 'builds',
  /** What charts rendered, by commit, as the build says it. It expires. */
  rendered: 'rendered',
  /** The same by digest, once it was read and held to the rules. INVARIANT: only the function `build` writes here. */
  charts: 'charts',
} as const;
export type ArchiveFolder = keyof typeof ARCHIVE_FOLDERS;
