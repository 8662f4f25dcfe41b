/**
 * Parsers of single values, each with a message that says what was found and what is allowed.
 * Separate because settings, service files and the inputs of functions are made of the same values.
 */
import * as v from 'valibot';
import { nearest } from '../domain/naming/nearest.ts';

/** What was found, shortened and quoted as JSON so that nothing in it can act on a terminal or a chat. */
export function found(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(value) ?? typeof value;
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}

/** The message of a value that is not what is allowed. */
export const allowed = (what: string) => (issue: { readonly input: unknown }) =>
  `found ${found(issue.input)}; allowed: ${what}`;

/** A mapping with exactly these keys. An unknown key names the allowed ones and the nearest of them. */
export function table<const Entries extends v.ObjectEntries>(entries: Entries) {
  const keys = Object.keys(entries);
  return v.strictObject(entries, (issue) => {
    if (issue.expected === 'never') {
      if (Array.isArray(issue.path?.[0]?.input))
        return `found a list; allowed: a mapping with the keys ${keys.join(', ')}`;
      const guess = nearest(String(issue.input), keys);
      return `unknown key; allowed: ${keys.join(', ')}${guess === undefined ? '' : `. Did you mean "${guess}"?`}`;
    }
    if (issue.input === undefined) return 'is missing';
    return `found ${found(issue.input)}; allowed: a mapping with the keys ${keys.join(', ')}`;
  });
}

/** A value with a sentence about it, which editors show beside the key. */
export function said<const Schema extends v.GenericSchema>(description: string, schema: Schema) {
  return v.pipe(schema, v.description(description));
}

/** Things by their name. `names` parses the names; `most` bounds their number. */
export function named<const Name extends v.GenericSchema<string>, const Item extends v.GenericSchema>(
  names: Name,
  item: Item,
  { most, what }: { readonly most: number; readonly what: string },
) {
  return v.pipe(
    v.record(names, item, allowed(`a mapping from a name to ${what}`)),
    v.maxEntries(most, allowed(`at most ${String(most)} of them`)),
  );
}

/** Text that matches a pattern. `what` completes the sentence "allowed: …". */
export function text(pattern: RegExp, what: string) {
  return v.pipe(v.string(allowed(what)), v.regex(pattern, allowed(what)));
}

/** A DNS label of limited length. */
export function dnsLabel(longest: number) {
  return text(
    new RegExp(`^(?=.{1,${String(longest)}}$)[a-z]([-a-z0-9]*[a-z0-9])?$`),
    `1 to ${String(longest)} of a-z, 0-9 and "-", beginning with a letter and not ending with "-"`,
  );
}

/** A whole number within bounds, both included. */
export function whole(least: number, most: number) {
  const message = allowed(`a whole number from ${String(least)} to ${String(most)}`);
  return v.pipe(v.number(message), v.integer(message), v.minValue(least, message), v.maxValue(most, message));
}

/** One of some words. */
export function oneOf<const Words extends readonly string[]>(words: Words) {
  return v.picklist(words, (issue) => {
    const guess = typeof issue.input === 'string' ? nearest(issue.input, words) : undefined;
    return `found ${found(issue.input)}; allowed: ${words.join(', ')}${guess === undefined ? '' : `. Did you mean "${guess}"?`}`;
  });
}

/** A list. */
export function list<const Item extends v.GenericSchema>(item: Item) {
  return v.array(item, allowed('a list'));
}

/** Processor share as Kubernetes writes it. */
export const cpu = v.pipe(
  v.union([v.string(), v.number()], allowed('a number of processors such as 0.5, 2 or "250m"')),
  v.transform(String),
  v.regex(/^([1-9]\d{0,5}m|\d{1,4}(\.\d{1,3})?)$/, allowed('a number of processors such as 0.5, 2 or "250m"')),
);

/** Memory as Kubernetes writes it. */
export const memory = text(/^[1-9]\d{0,6}(Ki|Mi|Gi|Ti)$/, 'an amount of memory such as 64Mi or 2Gi');

/** A full commit id. */
export const commit = text(/^[0-9a-f]{40}$/, '40 hexadecimal digits');

/** A repository's name: CodeCommit's rule, 1–100 of letters, digits, `.`, `_`, `-`. */
export const repositoryName = text(
  /^[A-Za-z0-9._-]{1,100}$/,
  'a repository name: 1 to 100 of a-z, A-Z, 0-9, ".", "_", "-"',
);

/** A branch's exact name. Hostile ones are allowed; length is all that CodeCommit promises. */
export const branchName = v.pipe(
  v.string(allowed('a branch name')),
  v.minLength(1, allowed('a branch name of 1 to 256 characters')),
  v.maxLength(256, allowed('a branch name of 1 to 256 characters')),
);
