/** The chart that a repository brings of its own. Separate because builds render it, and what else says how pods look gives way to it. */

/** Where a chart is, relative to the root of the repository. */
export interface Chart {
  readonly path: string;
  /** Files of values, the later ones over the earlier ones, all over the chart's own. */
  readonly values: readonly string[];
}

/** Whether the workload comes from a chart. */
export interface Charted {
  readonly chart?: Chart;
}
