/** Whatever somebody writes into a service file: an answer, never a crash, and one that the next parser reads again. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { parseServiceFile } from '../../../lambdas/boundary/service-file/service-file.ts';
import { nearServiceDocument, serviceDocument } from './documents.ts';

/** Lines of a refusal that do not say where and what. */
function unclearLines(text: string): readonly string[] {
  const reading = parseServiceFile(text);
  if (reading.kind === 'read') return [];
  return reading.message.split('\n').filter((line) => !/^espalier\.yaml:[1-9]\d*:[1-9]\d*: \S/.test(line));
}

describe('the parser of service files', () => {
  it('answers whatever stands in a document near one', () => {
    fc.assert(
      fc.property(nearServiceDocument, (document) => {
        expect(unclearLines(stringify(document ?? null))).toEqual([]);
      }),
      { numRuns: 150 },
    );
  });

  it('answers any text', () => {
    const yamlWords = fc.array(
      fc.constantFrom(
        'name: a',
        '\n',
        '  ',
        '- ',
        ': ',
        '&a',
        '*a',
        '{',
        '}',
        '[',
        ']',
        '"',
        "'",
        '|',
        '!!binary',
        '<<',
        '? ',
        '#',
        '\t',
        '\u0000',
      ),
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          yamlWords.map((words) => words.join('')),
        ),
        (text) => {
          expect(unclearLines(text)).toEqual([]);
        },
      ),
      { numRuns: 150 },
    );
  });

  it('takes most documents that are right, and takes what it gave once more', () => {
    let taken = 0;
    fc.assert(
      fc.property(serviceDocument, (document) => {
        const reading = parseServiceFile(stringify(document));
        if (reading.kind === 'wrong') return;
        taken += 1;
        expect(parseServiceFile(JSON.stringify(reading.definition))).toEqual(reading);
      }),
      { numRuns: 60 },
    );
    expect(taken).toBe(60);
  });
});
