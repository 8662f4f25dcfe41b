/**
 * Reads a Dockerfile into instructions. Separate because it is pure; what an instruction does is in build-image.ts.
 * https://docs.docker.com/reference/dockerfile/
 */

/** One instruction: its line, its flags, and the words or text after them, variables not yet replaced. */
export interface Instruction {
  readonly line: number;
  readonly name: string;
  readonly flags: Readonly<Record<string, string>>;
  readonly text: string;
  /** The JSON form `["a", "b"]`, when it was used. */
  readonly list?: readonly string[];
}

/** Instructions that the laptop carries out, and those without effect. */
const carriedOut = ['FROM', 'ARG', 'ENV', 'WORKDIR', 'COPY', 'RUN', 'USER', 'EXPOSE', 'LABEL', 'CMD', 'ENTRYPOINT'];
const withoutEffect = ['HEALTHCHECK', 'STOPSIGNAL'];
/** Flags by instruction; those of RUN only speed up builds elsewhere. */
const flagsOf: Readonly<Record<string, readonly string[]>> = {
  FROM: ['platform'],
  COPY: ['from', 'chown', 'chmod', 'link'],
  RUN: ['mount', 'network'],
};

/** A Dockerfile that the laptop does not carry out; says the line. */
export class DockerfileError extends Error {
  constructor(line: number, problem: string) {
    super(`Dockerfile:${line}: ${problem}`);
    this.name = 'DockerfileError';
  }
}

/** The instructions in their order. */
export function parseDockerfile(text: string): Instruction[] {
  const result: Instruction[] = [];
  const lines = text.split(/\r?\n/);
  for (let index = 0; index < lines.length;) {
    const line = index + 1;
    let whole = lines[index++] ?? '';
    if (/^\s*(#|$)/.test(whole)) continue;
    while (whole.endsWith('\\') && index < lines.length) {
      const next = lines[index++] ?? '';
      if (!/^\s*#/.test(next)) whole = whole.slice(0, -1) + next;
    }
    const [, name = '', rest = ''] = /^\s*(\S+)\s*([\s\S]*?)\s*$/.exec(whole) ?? [];
    const instruction = parse(line, name.toUpperCase(), rest);
    if (!withoutEffect.includes(instruction.name)) result.push(instruction);
  }
  return result;
}

function parse(line: number, name: string, rest: string): Instruction {
  if (!carriedOut.includes(name) && !withoutEffect.includes(name))
    throw new DockerfileError(line, `${name} is not supported on the laptop; supported are ${carriedOut.join(', ')}.`);
  if (/<<-?\s*["']?\w/.test(rest))
    throw new DockerfileError(line, `here-documents (<<) are not supported on the laptop.`);
  const flags: Record<string, string> = {};
  let text = rest;
  for (let found; (found = /^--([\w-]+)(?:=(\S+))?\s+/.exec(text)); text = text.slice(found[0].length)) {
    const [, flag = '', value = ''] = found;
    if (name !== 'HEALTHCHECK' && !flagsOf[name]?.includes(flag))
      throw new DockerfileError(line, `${name} --${flag} is not supported on the laptop.`);
    flags[flag] = value;
  }
  const list = text.startsWith('[') ? jsonList(text) : undefined;
  return { line, name, flags, text, ...(list && { list }) };
}

function jsonList(text: string): string[] | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) && value.every((item) => typeof item === 'string') ? value : undefined;
  } catch {
    return undefined;
  }
}

/** `$NAME`, `${NAME}`, `${NAME:-default}` and `${NAME:+value}` replaced. */
export function expand(text: string, variables: Readonly<Record<string, string>>): string {
  return text.replace(
    /\\(\$)|\$(?:\{(\w+)(?::([-+])([^}]*))?\}|(\w+))/g,
    (
      _,
      escaped: string | undefined,
      braced: string | undefined,
      sign: string | undefined,
      other: string | undefined,
      bare: string | undefined,
    ) => {
      if (escaped !== undefined) return escaped;
      const value = variables[braced ?? bare ?? ''] ?? '';
      if (sign === '-') return value === '' ? (other ?? '') : value;
      if (sign === '+') return value === '' ? '' : (other ?? '');
      return value;
    },
  );
}

/** Words of a line, quotes respected and removed. */
export function words(text: string): string[] {
  return [...text.matchAll(/(?:"((?:\\.|[^"\\])*)"|'([^']*)'|\\(.)|([^\s"'\\]))+/g)].map(([word]) =>
    word.replace(
      /"((?:\\.|[^"\\])*)"|'([^']*)'|\\(.)/g,
      (_, double?: string, single?: string, escaped?: string) =>
        double?.replace(/\\(.)/g, '$1') ?? single ?? escaped ?? '',
    ),
  );
}

/** `KEY=value KEY2="a b"`, and the old form `KEY value`. */
export function assignments(text: string): [string, string][] {
  const all = words(text);
  if (all.length > 0 && !all[0]?.includes('=')) return [[all[0] ?? '', all.slice(1).join(' ')]];
  return all.map((word) => [word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1)]);
}
