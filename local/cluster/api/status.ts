/**
 * Refusals in the API's own words: every failure is a `Status` with code, reason, message and causes.
 * Separate because all parts of the engine refuse and only the HTTP side writes.
 */

/** One reason among several, with the field it is about. */
export interface Cause {
  readonly reason: string;
  readonly message: string;
  readonly field?: string;
}

/** What a refusal is about. */
export interface StatusDetails {
  name?: string;
  group?: string;
  kind?: string;
  uid?: string;
  causes?: Cause[];
  retryAfterSeconds?: number;
}

/** A refused request; `body()` is what goes over the wire. */
export class ApiError extends Error {
  readonly code: number;
  readonly reason: string;
  readonly details: StatusDetails | undefined;

  constructor(code: number, reason: string, message: string, details?: StatusDetails) {
    super(message);
    this.name = 'ApiError';
    this.code = code;
    this.reason = reason;
    this.details = details;
  }

  body(): Record<string, unknown> {
    const { message, reason, details, code } = this;
    const head = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message };
    return { ...head, ...(reason ? { reason } : {}), ...(details ? { details } : {}), code };
  }
}

/** The kind of object a refusal names: `deployments.apps "x"`. */
export interface Subject {
  readonly group: string;
  readonly plural: string;
  readonly kind: string;
}

const qualified = (subject: Subject): string =>
  subject.group === '' ? subject.plural : `${subject.plural}.${subject.group}`;

const about = (subject: Subject, name: string, more: StatusDetails = {}): StatusDetails => ({
  ...(name ? { name } : {}),
  ...(subject.group ? { group: subject.group } : {}),
  kind: subject.plural,
  ...more,
});

/** 404: there is no such object. */
export const notFound = (subject: Subject, name: string): ApiError =>
  new ApiError(404, 'NotFound', `${qualified(subject)} "${name}" not found`, about(subject, name));

/** 409: there is such an object already. */
export const alreadyExists = (subject: Subject, name: string): ApiError =>
  new ApiError(409, 'AlreadyExists', `${qualified(subject)} "${name}" already exists`, about(subject, name));

/** 409: somebody else changed it, or owns the field. */
export const conflict = (subject: Subject, name: string, why: string, causes?: Cause[]): ApiError =>
  new ApiError(
    409,
    'Conflict',
    causes ? why : `Operation cannot be fulfilled on ${qualified(subject)} "${name}": ${why}`,
    causes ? { causes } : about(subject, name),
  );

/** 403: not allowed, by rights or by admission. */
export const forbidden = (subject: Subject, name: string, why: string, causes?: Cause[]): ApiError =>
  new ApiError(
    403,
    'Forbidden',
    `${qualified(subject)}${name ? ` "${name}"` : ''} is forbidden: ${why}`,
    about(subject, name, causes ? { causes } : {}),
  );

/** 422: the object breaks rules; the message lists them as the API server does. */
export function invalid(subject: Subject, name: string, causes: readonly Cause[]): ApiError {
  const lines = [...new Set(causes.map((cause) => `${cause.field}: ${cause.message}`))];
  const why = lines.length === 1 ? lines[0] : `[${lines.join(', ')}]`;
  const kind = subject.group ? `${subject.kind}.${subject.group}` : subject.kind;
  const details: StatusDetails = {
    ...(name ? { name } : {}),
    ...(subject.group ? { group: subject.group } : {}),
    kind: subject.kind,
    causes: [...causes],
  };
  return new ApiError(422, 'Invalid', `${kind} "${name}" is invalid: ${why}`, details);
}

/** What custom kinds add when a value's shape is so wrong that their expressions were not evaluated. */
export const unchecked: Cause = {
  reason: 'FieldValueInvalid',
  message:
    'Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation',
  field: '<nil>',
};

/** 422: a request's own options do not fit together. */
export function wrongOptions(kind: string, causes: readonly Cause[]): ApiError {
  const lines = causes.map(({ field, message }) => `${field}: ${message}`);
  const why = lines.length === 1 ? lines[0] : `[${lines.join(', ')}]`;
  const details = { group: 'meta.k8s.io', kind, causes: [...causes] };
  return new ApiError(422, 'Invalid', `${kind}.meta.k8s.io "" is invalid: ${why}`, details);
}

/** 422: an option has a value that there is not. */
export function invalidOptions(kind: string, field: string, value: unknown, allowed: readonly string[]): ApiError {
  const message = `Unsupported value: ${JSON.stringify(value)}: supported values: ${allowed.map((one) => `"${one}"`).join(', ')}`;
  return wrongOptions(kind, [{ reason: 'FieldValueNotSupported', message, field }]);
}

/** 400: the request itself cannot be read. */
export const badRequest = (message: string): ApiError => new ApiError(400, 'BadRequest', message);

/** 410: a watch or a continued list asks for a past that is no longer kept. */
export const expired = (message: string): ApiError => new ApiError(410, 'Expired', message);

/** 405/501: what this stand-in does not do, by name. */
export const unsupported = (what: string, instead: string): ApiError =>
  new ApiError(501, 'NotImplemented', `${what} is not supported by the laptop's cluster: ${instead}`);
