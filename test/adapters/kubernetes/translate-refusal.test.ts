/** What refusals of the API server mean: the words are those of a real one (Kubernetes 1.34). */
import { describe, expect, test } from 'vitest';
import { translateRefusal } from '../../../lambdas/adapters/kubernetes/translate-refusal.ts';

const conflict = { causes: [{ reason: 'FieldManagerConflict' }] };

describe('passing trouble', () => {
  test.each([
    ['too many requests', 429, {}],
    ['a server error', 500, { message: 'etcdserver: request timed out' }],
    ['a server that is starting', 503, {}],
    ['a token that is not known yet', 401, { message: 'Unauthorized' }],
    [
      'a right that was given a moment ago',
      403,
      {
        message:
          'deployments.apps "orders-blue" is forbidden: User "deploy" cannot patch resource "deployments" in API group "apps"',
      },
    ],
    [
      'a namespace that is going',
      403,
      {
        message:
          'configmaps "x" is forbidden: unable to create new content in namespace n because it is being terminated',
      },
    ],
    ['a namespace that is not there', 404, { message: 'namespaces "n" not found' }],
    [
      'a version that changed in between',
      409,
      { message: 'Operation cannot be fulfilled on resourcequotas "environment": the object has been modified' },
    ],
    ['a list that took too long', 410, { message: 'The provided continue parameter is too old' }],
  ])('%s', (_what, status, body) => {
    const error = translateRefusal('Deployment orders-blue', { status, body });
    expect(error.name).toBe('TransientError');
    expect(error.reason).toContain('Deployment orders-blue');
  });
});

describe('what a person must change', () => {
  test.each([
    ['content that is not valid', 422, { message: 'Deployment.apps "x" is invalid: spec.template...' }],
    ['content that is not understood', 400, { message: 'error decoding patch' }],
    [
      'an applied value of the wrong type',
      500,
      {
        message:
          'failed to create typed patch object (n/settings; /v1, Kind=ConfigMap): .data.a: expected string, got &value.valueUnstructured{Value:1}',
      },
    ],
    ['a quota', 403, { message: 'pods "x" is forbidden: exceeded quota: environment, requested: pods=1' }],
    [
      'a policy',
      403,
      {
        message:
          "ValidatingAdmissionPolicy 'shop-routes' denied request: A route has host names of its own environment only",
      },
    ],
    ['Pod Security', 403, { message: 'pods "x" is forbidden: violates PodSecurity "restricted:latest"' }],
    ['another owner of a field', 409, { message: 'Apply failed with 1 conflict', details: conflict }],
    ['a kind that the cluster does not have', 404, { message: 'the server could not find the requested resource' }],
  ])('%s', (_what, status, body) => {
    const error = translateRefusal('Deployment orders-blue', { status, body });
    expect(error.name).toBe('RejectedError');
    expect(error.reason).toContain(body.message);
  });

  test('an answer that is not the API’s own is quoted by its status', () => {
    expect(translateRefusal('x', { status: 502, body: '<html>' }).reason).toContain('502');
  });
});
