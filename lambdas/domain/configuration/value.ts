/**
 * Values of configuration keys: whether they fit a type, and how they are written as text. Separate because service files, the
 * command line, layers and pods must agree on it.
 */
import type { ConfigurationType, ConfigurationValue } from '../service/configuration.ts';

/** Whether a value is of this type. */
export function hasType(value: unknown, type: ConfigurationType): value is ConfigurationValue {
  switch (type) {
    case 'text':
      return typeof value === 'string';
    case 'number':
      return typeof value === 'number' && Number.isFinite(value);
    case 'boolean':
      return typeof value === 'boolean';
    case 'list':
      return Array.isArray(value) && value.every((item) => typeof item === 'string');
  }
}

/** What is allowed for a type, for messages. */
export const ALLOWED: Readonly<Record<ConfigurationType, string>> = {
  text: 'text',
  number: 'a number such as 5 or 0.25',
  boolean: 'true or false',
  list: 'a list of texts such as a,b,c',
};

/** The value that a person wrote on a command line; undefined when it is none of this type. */
export function readValue(written: string, type: ConfigurationType): ConfigurationValue | undefined {
  switch (type) {
    case 'text':
      return written;
    case 'number':
      return /^-?\d+(\.\d+)?$/.test(written) ? Number(written) : undefined;
    case 'boolean':
      return written === 'true' ? true : written === 'false' ? false : undefined;
    case 'list':
      return written === '' ? [] : written.split(',').map((item) => item.trim());
  }
}

/** A value as a variable holds it and people read it; lists with commas. */
export function writeValue(value: ConfigurationValue): string {
  return typeof value === 'object' ? value.join(',') : String(value);
}

/** Whether two values are the same. */
export function sameValue(one: ConfigurationValue | undefined, other: ConfigurationValue | undefined): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
