import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { shellWord } from '../../../lambdas/domain/naming/shell-word.ts';

describe('a word for a shell', () => {
  it.each(['feature/login', 'a$(id)', 'a;id', '`a`id`', '<!channel>', '日本語', "it's", 'a b', '"', '\\', 'a\nb', '*'])(
    'is taken literally: %j',
    (text) => {
      expect(execFileSync('sh', ['-c', `printf %s ${shellWord(text)}`], { encoding: 'utf8' })).toBe(text);
    },
  );

  it('stays as it is where nothing has to be quoted', () => {
    expect(shellWord('feature/login-2')).toBe('feature/login-2');
  });
});
