/** Makes passwords, tokens and key pairs from the system's randomness. */
import { generateKeyPairSync, randomBytes, randomInt } from 'node:crypto';
import type { Generator } from '../../ports/secrets.ts';

/** Letters and digits that no shell, URL or configuration file takes for something else; none that people mistake for another. */
const ALPHABET = 'ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789';
/** 32 of 57 characters are 186 bits. */
const PASSWORD_LENGTH = 32;
const TOKEN_BYTES = 32;

export const generator: Generator = {
  make(what) {
    switch (what) {
      case 'password':
        return Array.from({ length: PASSWORD_LENGTH }, () => ALPHABET.charAt(randomInt(ALPHABET.length))).join('');
      case 'token':
        return randomBytes(TOKEN_BYTES).toString('base64url');
      case 'key-pair': {
        // P-256 is what libraries for signed tokens (ES256) and TLS all know.
        const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
        return JSON.stringify({
          private: privateKey.export({ type: 'pkcs8', format: 'pem' }),
          public: publicKey.export({ type: 'spki', format: 'pem' }),
        });
      }
    }
  },
};
