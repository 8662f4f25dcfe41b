/** Where values of secrets are, and how they travel: read by one function, opened by another, never seen in between. */
import type { Generated, SecretReference } from '../domain/service/configuration.ts';

export interface SecretStore {
  /** The value and the version of it; `absent` when there is no such secret. */
  read(
    store: SecretReference['store'],
    name: string,
  ): Promise<
    { readonly kind: 'value'; readonly value: string; readonly version: string } | { readonly kind: 'absent' }
  >;
  /** The version alone, without asking for the value; undefined when there is no such secret. */
  version(store: SecretReference['store'], name: string): Promise<string | undefined>;
  /** Makes a secret in Secrets Manager; one of this name that is there stays as it is. */
  create(name: string, value: string): Promise<void>;
  /** Deletes it for good; none there is success. */
  remove(name: string): Promise<void>;
}

/** Makes values that nobody has seen before. A key pair is JSON with `private` and `public`. */
export interface Generator {
  make(what: Generated): string;
}

/** Seals texts for whoever has the private key. */
export interface Sealing {
  newKey(): { readonly publicKey: string; readonly privateKey: string };
  /** `context` must be the same when it is opened: what is sealed for one environment opens in no other place. */
  seal(publicKey: string, text: string, context: string): string;
  /** Throws when it was sealed for another key or context. */
  open(privateKey: string, sealed: string, context: string): string;
}
