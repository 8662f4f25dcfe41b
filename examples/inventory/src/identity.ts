/**
 * Who this process is: Espalier tells every pod its environment and commit. Separate because everything that answers needs it and
 * nothing else may read the environment's variables.
 */

/** What a service says about itself in its answers. */
export interface Identity {
  readonly service: string;
  readonly environment: string;
  readonly commit: string;
}

/** Reads what Espalier set; outside of it (a developer's terminal) there is no environment and no commit. */
export function identity(service: string, variables: NodeJS.ProcessEnv = process.env): Identity {
  return {
    service,
    environment: variables['ESPALIER_ENVIRONMENT'] ?? 'none',
    commit: variables['ESPALIER_COMMIT'] ?? 'unknown',
  };
}

/** The commit contract: the health path answers the commit the service was made from. */
export function health(who: Identity): Response {
  return new Response('ok\n', { headers: { 'espalier-commit': who.commit } });
}
