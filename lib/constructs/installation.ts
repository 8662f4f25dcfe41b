/**
 * What every construct knows of the installation it belongs to. Separate because several installations share an account, and each
 * physical name begins with its installation's.
 */
import type { Settings } from '../../lambdas/boundary/settings/settings.ts';
import type { Tier } from '../../lambdas/contracts/kinds.ts';
import { ENVIRONMENT_KINDS, tierOf } from '../../lambdas/contracts/kinds.ts';

export interface Installation {
  readonly name: string;
  readonly settings: Settings;
  /** The settings as functions read them. */
  readonly settingsJson: string;
}

export function installationOf(settings: Settings): Installation {
  return { name: settings.installation, settings, settingsJson: `${JSON.stringify(settings, null, 2)}\n` };
}

/** True when the routes of some kind of this tier can only be asked from outside the network. */
export function hasPublicRoutes(settings: Settings, tier: Tier): boolean {
  return ENVIRONMENT_KINDS.some(
    (kind) => tierOf(kind) === tier && settings.environments[kind].wayIn.access === 'public',
  );
}
