/**
 * Makes parsers of functions' inputs. Separate because a wrong input of a task is a bug of ours and must say which field of which
 * action was wrong.
 */
import * as v from 'valibot';

/** An input that no state machine of this version sends. */
export class InputError extends Error {
  override readonly name = 'InputError';
}

/** A parser that answers the typed input or throws an InputError that names every wrong field. */
export function inputParser<const Schema extends v.GenericSchema>(
  schema: Schema,
): (event: unknown) => v.InferOutput<Schema> {
  return (event) => {
    const parsed = v.safeParse(schema, event);
    if (parsed.success) return parsed.output;
    const problems = parsed.issues.map((issue) => `${v.getDotPath(issue) ?? 'input'}: ${issue.message}`);
    throw new InputError(`The input cannot be read. ${problems.join('; ')}`);
  };
}
