/**
 * CDK's feature flags as a new project has them. Separate because the app and the tests must synthesize alike, whoever starts them.
 */
import recommended from 'aws-cdk-lib/recommended-feature-flags.json' with { type: 'json' };

/** Context of every app of ours. */
export const FEATURE_FLAGS: Readonly<Record<string, unknown>> = {
  ...recommended,
  // A stack must not be able to lose what another one uses.
  '@aws-cdk/core:defaultCrossStackReferences': 'strong',
};
