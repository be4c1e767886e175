// Where pieces wait while the network is away: IndexedDB, so that they outlive
// a reload. Chunks are stored as they come; a piece that a reload cut short is
// a WebM file all the same.

import type { Piece } from "./backfill-plan";

const name = "qyragy-backfill";

export class PieceStore {
  private constructor(private readonly db: IDBDatabase) {}

  static open(): Promise<PieceStore> {
    return new Promise((resolve, reject) => {
      const request = indexedDB.open(name, 1);
      request.onupgradeneeded = () => {
        request.result.createObjectStore("pieces", { keyPath: "id" });
        request.result.createObjectStore("chunks");
      };
      request.onsuccess = () => resolve(new PieceStore(request.result));
      request.onerror = () => reject(request.error);
      request.onblocked = () => reject(new Error("blocked"));
    });
  }

  close(): void {
    this.db.close();
  }

  /** Writes what a piece now is, and one more of its chunks. */
  put(p: Piece, n = -1, chunk: ArrayBuffer | null = null): Promise<void> {
    return this.run(["pieces", "chunks"], "readwrite", (of) => {
      of("pieces").put(p);
      if (chunk) of("chunks").put(chunk, [p.id, n]);
    });
  }

  async list(): Promise<Piece[]> {
    let found: Piece[] = [];
    await this.run(["pieces"], "readonly", (of) => {
      const request = of("pieces").getAll();
      request.onsuccess = () => { found = request.result; };
    });
    return found.sort((a, b) => a.from - b.from);
  }

  async read(id: string): Promise<Uint8Array<ArrayBuffer>> {
    let parts: ArrayBuffer[] = [];
    await this.run(["chunks"], "readonly", (of) => {
      const request = of("chunks").getAll(chunksOf(id));
      request.onsuccess = () => { parts = request.result; };
    });
    return new Uint8Array(await new Blob(parts).arrayBuffer());
  }

  remove(ids: string[]): Promise<void> {
    return this.run(["pieces", "chunks"], "readwrite", (of) => {
      for (const id of ids) {
        of("pieces").delete(id);
        of("chunks").delete(chunksOf(id));
      }
    });
  }

  private run(stores: string[], mode: IDBTransactionMode, what: (of: (s: string) => IDBObjectStore) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      const t = this.db.transaction(stores, mode);
      t.oncomplete = () => resolve();
      t.onabort = t.onerror = () => reject(t.error ?? new Error("IndexedDB"));
      what((s) => t.objectStore(s));
    });
  }
}

const chunksOf = (id: string): IDBKeyRange => IDBKeyRange.bound([id, 0], [id, Infinity]);

/** How many bytes the browser would still give us, if it says. */
export async function free(): Promise<number | undefined> {
  const e = await navigator.storage?.estimate?.().catch(() => undefined);
  return e?.quota === undefined ? undefined : Math.max(0, e.quota - (e.usage ?? 0));
}
