/**
 * Copies of plain data, as what goes over a wire is one. Separate because every fake gives and takes copies, and structuredClone, which
 * knows more than plain data, took half the time of the model.
 */

/** A copy that shares nothing. Whatever is no plain data is refused: it would not survive the wire either. */
export function copyOf<Data>(data: Data): Data {
  return map(data, (copied) => copied);
}

/** A copy that nobody can change, so that it may be handed out more than once. */
export function frozenCopyOf<Data>(data: Data): Data {
  return map(data, Object.freeze);
}

function map<Data>(data: Data, last: <Value extends object>(copied: Value) => Value): Data {
  return walk(data, last) as Data;
}

function walk(value: unknown, last: <Value extends object>(copied: Value) => Value): unknown {
  if (typeof value === 'function' || typeof value === 'symbol') throw new Error(`${typeof value} is no plain data.`);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return last(value.map((item) => walk(item, last)));
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    throw new Error(`An object of ${value.constructor.name} is no plain data.`);
  }
  const copied: Record<string, unknown> = {};
  for (const key in value) copied[key] = walk((value as Record<string, unknown>)[key], last);
  return last(copied);
}
