/**
 * The parameters of lists and watches that must fit together. Separate because both ask for them before anything is read.
 * Follows https://github.com/kubernetes/apimachinery/blob/v0.34.0/pkg/apis/meta/internalversion/validation/validation.go
 */
import { ApiError, badRequest, invalidOptions, wrongOptions, type Cause } from './status.ts';

const forbids = (field: string, why: string): Cause => ({
  reason: 'FieldValueForbidden',
  message: `Forbidden: ${why}`,
  field,
});

/** Refuses parameters that contradict each other, or are none. */
export function checkListOptions(query: URLSearchParams, watching: boolean): void {
  for (const name of ['limit', 'timeoutSeconds']) {
    const given = query.get(name);
    if (given && !/^[+-]?\d+$/.test(given))
      throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(given)}: invalid syntax`);
  }
  const match = query.get('resourceVersionMatch') ?? '';
  const version = query.get('resourceVersion') ?? '';
  const initial = query.get('sendInitialEvents');
  const causes = watching ? watchCauses(match, initial) : listCauses(match, version, query.get('continue') ?? '');
  if (!watching && initial !== null)
    causes.push(forbids('sendInitialEvents', 'sendInitialEvents is forbidden for list'));
  if (causes.length > 0) throw wrongOptions('ListOptions', causes);
  if (match && !['Exact', 'NotOlderThan'].includes(match))
    throw invalidOptions('ListOptions', 'resourceVersionMatch', match, ['Exact', 'NotOlderThan', '']);
  if (!version || /^\d+$/.test(version)) return;
  const why = `resourceVersion: Invalid value: "${version}": strconv.ParseUint: parsing "${version}": invalid syntax`;
  throw watching ? new ApiError(500, '', why) : badRequest(`invalid resource version: ${why}`);
}

function listCauses(match: string, version: string, token: string): Cause[] {
  if (!match) return [];
  const field = 'resourceVersionMatch';
  return [
    ...(version ? [] : [forbids(field, `${field} is forbidden unless resourceVersion is provided`)]),
    ...(token ? [forbids(field, `${field} is forbidden when continue is provided`)] : []),
    ...(match === 'Exact' && version === '0'
      ? [forbids(field, `${field} "exact" is forbidden for resourceVersion "0"`)]
      : []),
  ];
}

function watchCauses(match: string, initial: string | null): Cause[] {
  const field = 'resourceVersionMatch';
  if (initial === null)
    return match ? [forbids(field, `${field} is forbidden for watch unless sendInitialEvents is provided`)] : [];
  return match === 'NotOlderThan'
    ? []
    : [forbids(field, `sendInitialEvents requires setting ${field} to NotOlderThan`)];
}
