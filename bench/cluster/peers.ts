/**
 * What others need for the same, for comparison. Separate because these are no measurements of this run: they were taken beforehand on a
 * cluster like the one of the tests, with one service of 2 replicas, 150 requests a second, half on kept connections.
 */

/** Lines that say so themselves. */
export const PEERS: readonly string[] = [
  'For comparison, measured beforehand and not in this run, on a one-node cluster with Traefik and Prometheus, two cores:',
  '  Argo Rollouts 1.9.2   good canary 1.8–3.5 s beyond its pauses, without reading weights back; bad canary 2.6–3.5 s from the first bad',
  '                        answer to the last, 15–18 failures seen by users (interval 5 s); blue-green switch 1.7–2.2 s, 0 lost of 10,498',
  '  Flagger 1.36.1        good canary 32–37 s beyond its pauses; bad canary 20 s and about 90 failures; 0 lost of 90,975',
  '  kubectl 1.34          apply and rollout status 2.2 s',
  '  helm                  upgrade --wait 2.35 s',
];
