/** What is sealed opens for its receiver, in its context, and for nobody else; what is generated is what it says it is. */
import { createPrivateKey, createPublicKey, sign, verify } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { generator } from '../../../lambdas/adapters/crypto/generator.ts';
import { sealing } from '../../../lambdas/adapters/crypto/sealing.ts';

describe('sealing', () => {
  it('gives back every text to the holder of the private key', () => {
    const { publicKey, privateKey } = sealing.newKey();
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 2_000 }), fc.string(), (text, context) => {
        expect(sealing.open(privateKey, sealing.seal(publicKey, text, context), context)).toBe(text);
      }),
      { numRuns: 50 },
    );
  });

  it('opens for no other key, in no other context, and when nothing was changed only', () => {
    const [own, other] = [sealing.newKey(), sealing.newKey()];
    const sealed = sealing.seal(own.publicKey, 'sk_live', 'feature-login/orders');
    expect(sealed).not.toContain('sk_live');
    expect(() => sealing.open(other.privateKey, sealed, 'feature-login/orders')).toThrow(/./);
    expect(() => sealing.open(own.privateKey, sealed, 'production/orders')).toThrow(/./);
    const parts = sealed.split('.');
    const changed = Buffer.from(parts[3] ?? '', 'base64');
    changed[0] = (changed[0] ?? 0) ^ 1;
    const forged = [...parts.slice(0, 3), changed.toString('base64')].join('.');
    expect(() => sealing.open(own.privateKey, forged, 'feature-login/orders')).toThrow(/./);
    expect(() => sealing.open(own.privateKey, 'nonsense', 'feature-login/orders')).toThrow(
      'not something that was sealed',
    );
  });

  it('never makes the same of the same text', () => {
    const { publicKey } = sealing.newKey();
    expect(sealing.seal(publicKey, 'a', 'c')).not.toBe(sealing.seal(publicKey, 'a', 'c'));
  });
});

describe('generated values', () => {
  it('are long, and never twice the same', () => {
    const made = Array.from({ length: 100 }, () => [generator.make('password'), generator.make('token')]).flat();
    expect(new Set(made).size).toBe(200);
    expect(Math.min(...made.map((value) => value.length))).toBeGreaterThanOrEqual(32);
  });

  it('of a key pair belong together', () => {
    const pair = JSON.parse(generator.make('key-pair')) as { readonly private: string; readonly public: string };
    const signature = sign('sha256', Buffer.from('text'), createPrivateKey(pair.private));
    expect(verify('sha256', Buffer.from('text'), createPublicKey(pair.public), signature)).toBe(true);
  });
});
