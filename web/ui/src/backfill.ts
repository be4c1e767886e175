// What the page records itself while its connection is gone, and sends when it
// is back. While all is well the last seconds stay in memory and are dropped;
// nothing reaches the disk, and nothing is sent that the server has.

import { signal } from "@preact/signals";
import { bounds, chosen, covered, excess, ServerClock, type Bounds, type Piece } from "./backfill-plan";
import { PieceRecorder, recordable, type Take } from "./backfill-recorder";
import { free, PieceStore } from "./backfill-store";
import { Over, pause, Unwanted, Uploader } from "./backfill-upload";
import type { BackfillAccess } from "./types";
import { lengthOf } from "./webm";

/** How long pieces stay in memory without a sign of trouble, ms. */
const memory = 40_000;
/** When the server is asked what is missing, ms after all is well again: it
 * knows of a gap when the first frame is back. */
const asks = [1000, 1500, 2500, 5000, 8000, 12_000];
/** How long the last frame lasts, ms. */
const frameTime = 66;
/** How long "all sent" is shown, ms. */
const shown = 10_000;

export interface Status {
  /** keeping: recorded here, for the server cannot have it; checking: it is
   * asked what it lacks; sending; sent. */
  state: "idle" | "keeping" | "checking" | "sending" | "sent";
  /** Of what is being sent, %. */
  percent: number;
  /** How many seconds are being sent. */
  seconds: number;
  /** Seconds that had to be given up because the computer has no room. */
  dropped: number;
}

const nothing: Status = { state: "idle", percent: 0, seconds: 0, dropped: 0 };

export class Backfill {
  readonly status = signal<Status>(nothing);

  private readonly clock = new ServerClock();
  private readonly recorder = new PieceRecorder((t, chunk) => this.grown(t, chunk));
  private takes: Take[] = [];
  /** Writes to the store, one after the other; null where there is none. */
  private store: PieceStore | null = null;
  private writing: Promise<void> = Promise.resolve();
  private readonly stored = new Map<string, number>(); // chunks of each piece
  private limit: Bounds = bounds(undefined);
  private keeping = false;
  private troubled = false;
  private ending = false;
  private closed = false;
  private round = 0;
  private readonly ready: Promise<void>;

  constructor(private readonly seat: string, private readonly access: BackfillAccess, private readonly starved: () => boolean) {
    window.addEventListener("beforeunload", this.leaving);
    this.ready = this.begin();
  }

  /** Whether this page is recording by itself. */
  get recording(): boolean {
    return this.recorder.active;
  }

  /** Records what is sent; null stops it. */
  record(stream: MediaStream | null): void {
    if (!this.ending && recordable()) this.recorder.record(stream);
  }

  /** Takes the word of who watches the connection: is all well? */
  trouble(yes: boolean): void {
    if (yes === this.troubled || this.closed) return;
    this.troubled = yes;
    if (yes) {
      this.round++;
      this.recorder.rotate(true);
      this.keep();
      this.show({ state: "keeping" });
    } else {
      this.settle();
    }
  }

  /** The exam is over: what is still missing is sent, as long as it may be. */
  async finish(): Promise<void> {
    if (this.ending) return;
    this.ending = true;
    await this.recorder.stop();
    if (!this.troubled) await this.settle();
  }

  close(): void {
    this.closed = true;
    window.removeEventListener("beforeunload", this.leaving);
    this.recorder.stop();
    this.takes = [];
    this.writing.then(() => this.store?.close(), () => undefined);
  }

  private async begin(): Promise<void> {
    this.store = await PieceStore.open().catch(() => null);
    this.limit = bounds(await free());
    await this.tidy().catch(() => undefined);
    try {
      for (let i = 0; i < 3 && !this.closed; i++, await pause(300)) await this.uploader(() => this.closed).ask();
    } catch { /* the clock is set when the server is asked again */ }
    if (!this.troubled && !this.ending && (await this.mine()).length > 0) this.settle();
  }

  private uploader(over: () => boolean): Uploader {
    return new Uploader(this.access, this.clock, this.starved, over);
  }

  /** Forgets what other sittings at this computer left behind. */
  private async tidy(): Promise<void> {
    const day = Date.now() - 24 * 3600_000;
    const all = await this.store?.list() ?? [];
    await this.store?.remove(all.filter((p) => p.seat !== this.seat && p.to < day).map((p) => p.id));
  }

  private grown(t: Take, chunk: Blob | null): void {
    if (this.closed) return;
    if (!this.takes.includes(t)) this.takes.push(t);
    if (this.keeping && chunk) this.write(t);
    const old = Date.now() - memory;
    this.takes = this.takes.filter((x) => !x.done || x.to > old || (this.keeping && !this.store));
  }

  /** Keeps all there is and what comes. */
  private keep(): void {
    this.keeping = true;
    if (!this.store) return;
    for (const t of this.takes) this.write(t);
  }

  /** Writes the chunks of a piece that the store does not have yet. */
  private write(t: Take): void {
    const from = this.stored.get(t.id) ?? 0;
    const chunks = t.chunks.slice(from);
    if (chunks.length === 0 || !this.store) return;
    this.stored.set(t.id, t.chunks.length);
    const size = t.chunks.reduce((n, c) => n + c.size, 0);
    const piece = { ...this.pieceOf(t), size };
    this.queue(async () => {
      for (const [i, c] of chunks.entries()) await this.put(piece, from + i, await c.arrayBuffer());
    });
  }

  private async put(p: Piece, n: number, data: ArrayBuffer): Promise<void> {
    try {
      await this.store!.put(p, n, data);
    } catch { // no room: the oldest goes
      const oldest = (await this.mine()).find((x) => x.id !== p.id);
      if (!oldest) return;
      await this.drop([oldest]);
      await this.store!.put(p, n, data).catch(() => undefined);
    }
    if (n === 0) await this.drop(excess(await this.mine(), this.limit));
  }

  private async drop(pieces: Piece[]): Promise<void> {
    if (pieces.length === 0) return;
    await this.store!.remove(pieces.map((p) => p.id));
    const lost = pieces.reduce((ms, p) => ms + p.to - p.from, 0) / 1000;
    this.show({ dropped: this.status.value.dropped + Math.round(lost) });
  }

  /** One write after the other: a piece's chunks stay in order. */
  private queue(what: () => Promise<void>): void {
    this.writing = this.writing.then(what).catch(() => undefined);
  }

  private pieceOf(t: Take): Piece {
    return {
      id: t.id, seat: this.seat, from: this.clock.server(t.from), to: this.clock.server(t.to), size: t.size,
      type: t.type.split(";")[0], location: "", offset: this.clock.server(0),
    };
  }

  /** This seat's pieces that wait and do not grow any more, oldest first. */
  private async mine(): Promise<Piece[]> {
    if (!this.store) return this.keeping ? this.takes.filter((t) => t.done).map((t) => this.pieceOf(t)) : [];
    const growing = new Set(this.takes.filter((t) => !t.done).map((t) => t.id));
    return (await this.store.list().catch(() => [])).filter((p) => p.seat === this.seat && !growing.has(p.id));
  }

  /** All is well: asks what is missing, a few times, and sends it. */
  private async settle(): Promise<void> {
    const round = ++this.round;
    const over = () => this.closed || round !== this.round;
    if (this.keeping && !this.ending) this.show({ state: "checking" });
    try {
      await this.ready;
      await this.rotated(over);
      for (const [i, wait] of asks.entries()) {
        await pause(wait);
        if (over()) return;
        const sent = await this.fill(over);
        if (this.ending && (sent || i >= 2)) break;
      }
    } catch (e) {
      if (!(e instanceof Over)) console.warn("backfill:", e);
    }
    if (over()) return;
    await this.clear();
    if (this.status.value.state !== "sent") this.show(nothing);
  }

  /** Waits until the piece under way, with the end of the gap in it, is whole. */
  private async rotated(over: () => boolean): Promise<void> {
    if (this.ending) return;
    const open = this.takes.filter((t) => !t.done);
    await pause(1000); // let a few seconds of the recovered time into it
    this.recorder.rotate(false);
    for (let i = 0; i < 20 && !over() && open.some((t) => !t.done); i++) await pause(250);
    if (over()) return;
    await this.writing;
    this.keeping &&= !this.store; // without a store, memory is all there is
  }

  /** Sends what is wanted and here; says whether there was any. */
  private async fill(over: () => boolean): Promise<boolean> {
    const uploader = this.uploader(over);
    let { wanted, until, maxBytes } = await uploader.ask();
    if (wanted.length > 0 && (await this.mine()).length === 0) { // a gap that nothing here told of
      this.keep();
      await this.writing;
      this.keeping &&= !this.store;
    }
    const plan = chosen(await this.mine(), wanted);
    const total = plan.reduce((n, p) => n + p.size, 0);
    const seconds = Math.max(1, Math.round(covered(plan, wanted) / 1000));
    const tried = new Set<string>();
    let sent = 0, whole = true;
    while (!over() && this.clock.server(Date.now()) < until) {
      const piece = chosen(await this.mine(), wanted).find((p) => !tried.has(p.id));
      if (!piece) break;
      tried.add(piece.id);
      whole = piece.size <= maxBytes && await this.send(uploader, piece, (n) => this.show({ state: "sending", seconds, percent: percent(sent + n, total) })) && whole;
      sent += piece.size;
      if (over()) return true;
      await this.store?.remove([piece.id]).catch(() => undefined);
      this.takes = this.takes.filter((t) => t.id !== piece.id);
      ({ wanted, until, maxBytes } = await uploader.ask());
    }
    if (tried.size > 0 && !over()) {
      if (whole) this.sent();
      else this.show({ state: "idle" });
    }
    return tried.size > 0;
  }

  /** Sends one piece; false if the server could not make use of it. */
  private async send(uploader: Uploader, p: Piece, progress: (bytes: number) => void): Promise<boolean> {
    progress(0);
    const take = this.takes.find((t) => t.id === p.id);
    const data = this.store ? await this.store.read(p.id) : new Uint8Array(await new Blob(take?.chunks).arrayBuffer());
    const located = (location: string) => { this.store?.put({ ...p, location }).catch(() => undefined); };
    const length = lengthOf(data);
    const to = length === undefined ? p.to : Math.min(p.to, p.from + length + frameTime);
    try {
      await uploader.send({ ...p, to }, data, located, progress);
      return true;
    } catch (e) {
      if (!(e instanceof Unwanted)) throw e;
      console.warn("backfill:", e.message);
      return e.known;
    }
  }

  private sent(): void {
    this.show({ state: "sent", percent: 100 });
    setTimeout(() => {
      if (this.status.value.state === "sent" && !this.ending) this.show(nothing);
    }, shown);
  }

  private async clear(): Promise<void> {
    this.keeping = false;
    await this.writing;
    await this.store?.remove((await this.mine()).map((p) => p.id)).catch(() => undefined);
    this.stored.clear();
  }

  private show(s: Partial<Status>): void {
    if (!this.closed) this.status.value = { ...this.status.value, ...s };
  }

  /** Leaving now would lose what only this page has. */
  private leaving = (e: BeforeUnloadEvent): void => {
    if (this.status.value.state === "keeping" || this.status.value.state === "sending") e.preventDefault();
  };
}

const percent = (part: number, all: number): number => (all > 0 ? Math.min(100, Math.floor((part / all) * 100)) : 100);
