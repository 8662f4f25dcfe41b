/** Secrets Manager and Parameter Store in memory, and values that can be told apart. */
import type { Generated, SecretReference } from '../../lambdas/domain/service/configuration.ts';
import type { Generator, Sealing, SecretStore } from '../../lambdas/ports/secrets.ts';

export class FakeSecretStore implements SecretStore {
  readonly #values = new Map<string, { readonly value: string; readonly version: number }>();
  /** Called after a secret was made, before anybody is answered. */
  onCreate: (name: string) => void | Promise<void> = () => undefined;

  /** A person puts a value there, or another one. */
  put(name: string, value: string): void {
    this.#values.set(name, { value, version: (this.#values.get(name)?.version ?? 0) + 1 });
  }

  names(): readonly string[] {
    return [...this.#values.keys()].toSorted();
  }

  async read(_store: SecretReference['store'], name: string): ReturnType<SecretStore['read']> {
    const found = this.#values.get(name);
    return Promise.resolve(
      found === undefined ? { kind: 'absent' } : { kind: 'value', value: found.value, version: String(found.version) },
    );
  }

  async version(_store: SecretReference['store'], name: string): Promise<string | undefined> {
    return Promise.resolve(this.#values.get(name)?.version.toString());
  }

  async create(name: string, value: string): Promise<void> {
    if (!this.#values.has(name)) this.put(name, value);
    await this.onCreate(name);
  }

  async remove(name: string): Promise<void> {
    this.#values.delete(name);
    return Promise.resolve();
  }
}

/** Every value says which it is. */
export function countingGenerator(): Generator {
  let count = 0;
  return {
    make(what: Generated) {
      count += 1;
      const text = `generated-${what}-${String(count)}`;
      return what === 'key-pair' ? JSON.stringify({ private: `${text}-private`, public: `${text}-public` }) : text;
    },
  };
}

/** Quick, and as strict about keys and contexts as the real one; what it makes is not readable at a glance. */
export function fakeSealing(): Sealing {
  let count = 0;
  const wrap = (key: string, context: string, text: string) =>
    Buffer.from(JSON.stringify([key, context, text])).toString('base64');
  return {
    newKey() {
      count += 1;
      return { publicKey: `public-${String(count)}`, privateKey: `private-${String(count)}` };
    },
    seal: (publicKey, text, context) => wrap(publicKey.replace('public', 'private'), context, text),
    open(privateKey, sealed, context) {
      const [key, of, text] = JSON.parse(Buffer.from(sealed, 'base64').toString()) as [string, string, string];
      if (key !== privateKey || of !== context) throw new Error('It was sealed for somebody else.');
      return text;
    },
  };
}
