/**
 * What is known of an image by its manifest and configuration. Separate because these are kept with a build, and must never hold the
 * value of a secret: a place is named, never what stands there.
 * Source: https://github.com/opencontainers/image-spec/blob/main/config.md
 */

/** Facts of one image. */
export interface ImageFacts {
  /** As the image says it; empty is root. */
  readonly user: string;
  /** Compressed bytes of each layer, the first one first. */
  readonly layers: readonly number[];
  /** Variables that hold what looks like a secret. */
  readonly secretVariables: readonly string[];
  /** Steps of the history that hold what looks like a secret, by their instruction and the name beside the value. */
  readonly secretSteps: readonly string[];
}

/** The parts of a manifest that matter here. */
export interface ImageManifest {
  readonly config?: { readonly digest?: string };
  readonly layers?: readonly { readonly size?: number; readonly mediaType?: string }[];
  readonly artifactType?: string;
  /** Of a list of manifests: one per platform. */
  readonly manifests?: readonly {
    readonly digest: string;
    readonly platform?: { readonly architecture?: string; readonly os?: string };
  }[];
}

/** The parts of an image configuration that matter here. */
export interface ImageConfiguration {
  readonly config?: { readonly User?: string; readonly Env?: readonly string[] | null };
  readonly history?: readonly { readonly created_by?: string }[];
}

/**
 * Whether a manifest is a signature or an attestation and no image that could run. Sources:
 * https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md (application/vnd.dev.cosign.simplesigning.v1+json) ·
 * https://github.com/opencontainers/image-spec/blob/main/manifest.md#guidelines-for-artifact-usage (artifactType)
 */
export function isSignature({ artifactType, layers = [] }: ImageManifest): boolean {
  const ofLayers = layers.some(({ mediaType = '' }) => /cosign|sigstore|in-toto|dsse/.test(mediaType));
  return artifactType !== undefined || ofLayers;
}

/** What holds of an image whichever of its platforms a node takes: of each fact the worst. Undefined when there is no platform. */
export function worstOf(platforms: readonly ImageFacts[]): ImageFacts | undefined {
  const [first] = platforms;
  if (first === undefined) return undefined;
  const size = ({ layers }: ImageFacts) => layers.reduce((sum, layer) => sum + layer, 0);
  const isRoot = ({ user }: ImageFacts) => ['', '0', 'root'].includes(user.split(':')[0] ?? '');
  return {
    user: (platforms.find(isRoot) ?? first).user,
    layers: platforms.toSorted((one, other) => size(other) - size(one))[0]?.layers ?? [],
    secretVariables: [...new Set(platforms.flatMap(({ secretVariables }) => secretVariables))],
    secretSteps: [...new Set(platforms.flatMap(({ secretSteps }) => secretSteps))],
  };
}

const SECRET_NAME = /(PASSWORD|PASSWD|SECRET|TOKEN|API[-_]?KEY|PRIVATE[-_]?KEY|ACCESS[-_]?KEY|CREDENTIALS?)$/i;
/** A name and a value beside it; values that are other variables are none. */
const ASSIGNED = /([A-Za-z_][\w.-]*)=(?!["']?\$)["']?([^\s"']+)/g;

/**
 * Values that are secrets whatever their name: AWS access keys, tokens of GitHub and Slack, signed tokens, private keys.
 * Sources: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids ·
 * https://github.blog/engineering/platform-security/behind-githubs-new-authentication-token-formats/
 */
const SECRET_VALUE =
  /\bAKIA[0-9A-Z]{16}\b|\bgh[pousr]_[A-Za-z0-9]{36}|\bxox[abpr]-[\w-]{10,}|\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.|-----BEGIN [A-Z ]*PRIVATE KEY/;

/** Whether a name with this value looks like a secret. */
export function looksSecret(name: string, value: string): boolean {
  return value !== '' && (SECRET_NAME.test(name) || SECRET_VALUE.test(value));
}

/** Facts from what the registry holds. */
export function factsOf(manifest: ImageManifest, configuration: ImageConfiguration): ImageFacts {
  const variables = (configuration.config?.Env ?? []).map((line) => {
    const at = line.indexOf('=');
    return [line.slice(0, at), line.slice(at + 1)] as const;
  });
  const steps = (configuration.history ?? []).flatMap(({ created_by: step = '' }) => {
    // Variables are told as such.
    if (/^ENV\b/.test(step)) return [];
    const named = [...step.matchAll(ASSIGNED)].find(([, name = '', value = '']) => looksSecret(name, value));
    const instruction = /^(?:\/bin\/sh -c (?:#\(nop\)\s+)?)?([A-Z]+)\b/.exec(step)?.[1] ?? 'RUN';
    if (named !== undefined) return [`${instruction} ${named[1] ?? ''}`];
    return SECRET_VALUE.test(step) ? [instruction] : [];
  });
  return {
    user: configuration.config?.User ?? '',
    layers: (manifest.layers ?? []).map(({ size = 0 }) => size),
    secretVariables: variables.filter(([name, value]) => looksSecret(name, value)).map(([name]) => name),
    secretSteps: [...new Set(steps)],
  };
}
