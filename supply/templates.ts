/**
 * Templates as the checkers see them: as they are deployed, and without the answers that lie in them, so that an answer to nothing is
 * found too.
 */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';

export interface TemplateResource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
  readonly Metadata?: Readonly<Record<string, unknown>>;
}

export interface Template {
  readonly stack: string;
  readonly resources: Readonly<Record<string, TemplateResource>>;
  readonly outputs: Readonly<Record<string, { readonly Value: unknown; readonly Export?: { readonly Name: unknown } }>>;
  readonly whole: object;
}

/** An answer in the metadata of a resource. */
export interface Answered {
  readonly checker: Checker;
  readonly stack: string;
  readonly resource: string;
  readonly rule: string;
  readonly reason: string;
}

export const CHECKERS = ['cfn-lint', 'checkov', 'parliament'] as const;
export type Checker = (typeof CHECKERS)[number];

export function readTemplate(file: string): Template {
  const whole = JSON.parse(readFileSync(file, 'utf8')) as {
    readonly Resources: Template['resources'];
    readonly Outputs?: Template['outputs'];
  };
  const stack = basename(file).replace('.template.json', '');
  return { stack, resources: whole.Resources, outputs: whole.Outputs ?? {}, whole };
}

/** What is answered in a template. */
export function answersIn({ stack, resources }: Template): readonly Answered[] {
  return Object.entries(resources).flatMap(([resource, { Metadata = {} }]) =>
    CHECKERS.flatMap((checker) => {
      const { skip = [] } = (Metadata[checker] ?? {}) as {
        readonly skip?: readonly { readonly id: string; readonly comment?: string }[];
      };
      return skip.map(({ id, comment = '' }) => ({ checker, stack, resource, rule: id, reason: comment }));
    }),
  );
}

/** The template as if nothing had been answered. */
export function unanswered({ whole, resources }: Template): object {
  const bare = Object.entries(resources).map(([id, { Metadata = {}, ...resource }]) => {
    const rest = Object.entries(Metadata).filter(([key]) => !(CHECKERS as readonly string[]).includes(key));
    return [id, { ...resource, ...(rest.length > 0 && { Metadata: Object.fromEntries(rest) }) }];
  });
  return { ...whole, Resources: Object.fromEntries(bare) as object };
}
