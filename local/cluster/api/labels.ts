/** What labels may be, and the API server's words for what may not. Separate because objects and selectors follow the same rules. */

/** What a label's value is made of. */
export const labelValue = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/;
/** What keys of labels and annotations are made of. */
export const qualifiedName = /^([a-z0-9]([-a-z0-9.]*[a-z0-9])?\/)?([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;
/** Why a key is none. */
export const qualifiedWhy =
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
/** Why a value is none. */
export const labelWhy =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

/** What is wrong with a label's key in a selector. */
export const labelKeyFaults = (key: string): string[] =>
  key.split('/').length > 2
    ? [
        `a ${qualifiedWhy.replace('name part', 'qualified name')} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
      ]
    : qualifiedName.test(key)
      ? []
      : [qualifiedWhy];

/** What is wrong with a label's value in a selector. */
export const labelFaults = (value: string): string[] => [
  ...(value.length > 63 ? ['must be no more than 63 characters'] : []),
  ...(labelValue.test(value) ? [] : [labelWhy]),
];
