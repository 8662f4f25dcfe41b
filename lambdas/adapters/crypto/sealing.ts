/**
 * Seals texts for the holder of a private key: an ephemeral X25519 key agrees on a secret with the receiver's, HKDF-SHA-256 makes a key
 * of it, AES-256-GCM seals. Separate because only Node's own implementations are put together here and nothing is invented.
 * The construction is that of ECIES: https://www.rfc-editor.org/rfc/rfc9180 (base mode), without its negotiation.
 */
import {
  createCipheriv,
  createDecipheriv,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  hkdfSync,
  randomBytes,
  type KeyObject,
} from 'node:crypto';
import type { Sealing } from '../../ports/secrets.ts';

const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Keys travel as base64 of DER: SPKI the public one, PKCS #8 the private one. */
export const sealing: Sealing = {
  newKey() {
    const { publicKey, privateKey } = generateKeyPairSync('x25519');
    return {
      publicKey: encodePublic(publicKey),
      privateKey: privateKey.export({ type: 'pkcs8', format: 'der' }).toString('base64'),
    };
  },
  seal(publicKey, text, context) {
    const receiver = decodePublic(publicKey);
    const ephemeral = generateKeyPairSync('x25519');
    const key = agreed(ephemeral.privateKey, receiver, ephemeral.publicKey, context);
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES });
    const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
    const parts = [decodeBase64(encodePublic(ephemeral.publicKey)), nonce, cipher.getAuthTag(), sealed];
    return parts.map((part) => part.toString('base64')).join('.');
  },
  open(privateKey, sealed, context) {
    const [sender, nonce, tag, content] = sealed.split('.').map(decodeBase64);
    if (sender === undefined || nonce === undefined || tag === undefined || content === undefined) {
      throw new Error('This is not something that was sealed.');
    }
    const senderKey = createPublicKey({ key: sender, type: 'spki', format: 'der' });
    const own = createPrivateKey({ key: decodeBase64(privateKey), type: 'pkcs8', format: 'der' });
    const decipher = createDecipheriv(CIPHER, agreed(own, senderKey, senderKey, context), nonce, {
      authTagLength: TAG_BYTES,
    });
    decipher.setAuthTag(tag);
    return Buffer.concat([decipher.update(content), decipher.final()]).toString('utf8');
  },
};

/** The key of both sides. The ephemeral public key is its salt, so that each sealing has a key of its own. */
function agreed(own: KeyObject, other: KeyObject, ephemeral: KeyObject, context: string): Buffer {
  const secret = diffieHellman({ privateKey: own, publicKey: other });
  const salt = ephemeral.export({ type: 'spki', format: 'der' });
  return Buffer.from(hkdfSync('sha256', secret, salt, `espalier ${context}`, 32));
}

function encodePublic(key: KeyObject): string {
  return key.export({ type: 'spki', format: 'der' }).toString('base64');
}

function decodePublic(text: string): KeyObject {
  return createPublicKey({ key: decodeBase64(text), type: 'spki', format: 'der' });
}

function decodeBase64(text: string): Buffer {
  return Buffer.from(text, 'base64');
}
