/** What a service promises to others. Separate because deliveries check it and the catalogue tells it. */

/** What a service promises. */
export interface Contract {
  /** Versions of its interface that it answers; callers name the one they need. */
  readonly offers?: readonly string[];
}
