/**
 * The stored objects, their resource versions and the recent past that watches resume from. Every write is in the journal before
 * it is seen by anybody, so a killed process loses nothing that was answered. Separate because it knows no kind and no rule.
 */
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { KubeObject, ObjectEvent } from '../objects.ts';

/** One write: what happened, what was there before, and when in the order of all writes. */
export interface Change extends ObjectEvent {
  readonly revision: number;
  readonly previous: KubeObject | undefined;
}

/** How many changes watches may lie behind before they get 410 and list again. */
const keptChanges = 5_000;
/** The journal is rewritten at start, and when it has grown by this much: 64 MB are read in well under a second. */
const compactAfterBytes = 64 * 1024 * 1024;

const kindKey = (object: KubeObject): string => `${object.apiVersion}/${object.kind}`;
const nameKey = (namespace: string | undefined, name: string): string => `${namespace ?? ''}/${name}`;

/** A line of the journal. Values of Secrets stay in memory: after a restart a Secret is gone, and whoever made it makes it again. */
function journalLine(type: Change['type'], object: KubeObject): string {
  const { data: _data, stringData: _stringData, ...without } = object as KubeObject & Record<string, unknown>;
  return JSON.stringify({ type, object: isSecret(object) ? without : object });
}

const isSecret = (object: KubeObject): boolean => object.apiVersion === 'v1' && object.kind === 'Secret';

/** Stored objects are never changed in place: readers may keep them, and must not write to them. */
export class Store {
  #kinds = new Map<string, Map<string, KubeObject>>();
  #revision = 1;
  #changes: Change[] = [];
  #oldest = 1;
  #listeners = new Set<(change: Change) => void>();
  #pending: Change[] = [];
  #journalPath: string | undefined;
  #journal: number | undefined;
  #written = 0;

  /** Reads the journal below `directory`, or keeps everything in memory without one. */
  constructor(directory?: string) {
    if (directory === undefined) return;
    this.#journalPath = join(directory, 'objects.jsonl');
    if (existsSync(this.#journalPath)) this.#replay(readFileSync(this.#journalPath, 'utf8'));
    this.#oldest = this.#revision;
    this.#compact();
  }

  get revision(): number {
    return this.#revision;
  }

  get(kind: string, namespace: string | undefined, name: string): KubeObject | undefined {
    return this.#kinds.get(kind)?.get(nameKey(namespace, name));
  }

  /** All objects of a kind (`apps/v1/Deployment`), in the order of namespace and name. */
  list(kind: string, namespace?: string): KubeObject[] {
    const found: KubeObject[] = [];
    const prefix = namespace === undefined ? '' : `${namespace}/`;
    for (const [key, object] of this.#kinds.get(kind) ?? []) if (key.startsWith(prefix)) found.push(object);
    return inOrder(found);
  }

  /** All objects of a kind as they were at a revision, or undefined when that past is no longer kept. */
  listAt(revision: number, kind: string, namespace?: string): KubeObject[] | undefined {
    const since = this.changesSince(revision);
    if (since === undefined) return undefined;
    const known = new Map(this.list(kind, namespace).map((object) => [listKey(object), object]));
    for (const { object, previous } of since.toReversed()) {
      const elsewhere = namespace !== undefined && object.metadata.namespace !== namespace;
      if (kindKey(object) !== kind || elsewhere) continue;
      if (previous === undefined) known.delete(listKey(object));
      else known.set(listKey(object), previous);
    }
    return inOrder([...known.values()]);
  }

  /** Stores an object under its name with the next resource version. */
  put(object: KubeObject): KubeObject {
    const stored = { ...object, metadata: { ...object.metadata, resourceVersion: String(this.#revision + 1) } };
    const previous = this.get(kindKey(stored), stored.metadata.namespace, stored.metadata.name);
    this.#append(previous ? 'MODIFIED' : 'ADDED', stored, previous);
    return stored;
  }

  /** Takes an object away; the last state carries the resource version of its deletion. */
  delete(object: KubeObject): KubeObject {
    const last = { ...object, metadata: { ...object.metadata, resourceVersion: String(this.#revision + 1) } };
    this.#append('DELETED', last, object);
    return last;
  }

  /** The changes after a revision, or undefined when that past is no longer kept. */
  changesSince(revision: number): readonly Change[] | undefined {
    if (revision < this.#oldest) return undefined;
    return this.#changes.filter((change) => change.revision > revision);
  }

  /** Forgets the changes so far: watches begin with what is stored now. */
  forgetPast(): void {
    this.#changes = [];
    this.#oldest = this.#revision;
  }

  /** Tells every later change, in order, after the writer has returned. */
  subscribe(listener: (change: Change) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  close(): void {
    if (this.#journal !== undefined) closeSync(this.#journal);
    this.#journal = undefined;
    this.#journalPath = undefined;
    this.#listeners.clear();
  }

  #append(type: Change['type'], object: KubeObject, previous: KubeObject | undefined): void {
    this.#write(journalLine(type, object));
    this.#revision += 1;
    this.#place(type, object);
    if (this.#written > compactAfterBytes) this.#compact();
    const change: Change = { type, object, previous, revision: this.#revision };
    this.#changes.push(change);
    if (this.#changes.length > keptChanges * 2) {
      this.#changes.splice(0, keptChanges);
      this.#oldest = (this.#changes[0]?.revision ?? this.#revision) - 1;
    }
    this.#pending.push(change);
    if (this.#pending.length === 1) queueMicrotask(() => this.#tell());
  }

  #tell(): void {
    for (let next = this.#pending[0]; next; next = this.#pending[0]) {
      for (const listener of this.#listeners) {
        try {
          listener(next);
        } catch (error) {
          queueMicrotask(() => {
            throw error;
          });
        }
      }
      this.#pending.shift();
    }
  }

  #place(type: Change['type'], object: KubeObject): void {
    const kind = this.#kinds.get(kindKey(object)) ?? new Map<string, KubeObject>();
    this.#kinds.set(kindKey(object), kind);
    const key = nameKey(object.metadata.namespace, object.metadata.name);
    if (type === 'DELETED') kind.delete(key);
    else kind.set(key, object);
  }

  #replay(text: string): void {
    // A last line without its end was being written when the process died: nobody was answered.
    for (const line of text.split('\n').slice(0, -1)) {
      const entry = JSON.parse(line) as { revision?: number; type: Change['type']; object: KubeObject };
      if (entry.revision === undefined && !isSecret(entry.object)) this.#place(entry.type, entry.object);
      this.#revision = Math.max(this.#revision, entry.revision ?? Number(entry.object.metadata.resourceVersion));
    }
  }

  /** Writes all objects to a new journal and puts it in the old one's place in one step. */
  #compact(): void {
    if (this.#journalPath === undefined) return;
    if (this.#journal !== undefined) closeSync(this.#journal);
    const next = `${this.#journalPath}.new`;
    this.#journal = openSync(next, 'w', 0o600);
    this.#write(JSON.stringify({ revision: this.#revision }));
    for (const kind of this.#kinds.values())
      for (const object of kind.values()) this.#write(journalLine('ADDED', object));
    fsyncSync(this.#journal);
    renameSync(next, this.#journalPath);
    this.#written = 0;
  }

  #write(line: string): void {
    if (this.#journal === undefined) return;
    const bytes = Buffer.from(`${line}\n`);
    for (let sent = 0; sent < bytes.length;) sent += writeSync(this.#journal, bytes, sent);
    this.#written += bytes.length;
  }
}

const inOrder = (objects: KubeObject[]): KubeObject[] =>
  objects.sort((one, other) => (listKey(one) < listKey(other) ? -1 : 1));
const listKey = (object: KubeObject): string => `${object.metadata.namespace ?? ''}\u0000${object.metadata.name}`;
