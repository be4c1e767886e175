// One track of a seat in one <video>: keeps its buffer filled around the
// position that is shown. A file whose codec Media Source Extensions refuse is
// played as it is, alone.

import { Buffer, joins } from "./buffer";
import { Recording } from "./file";
import { Pictures, Sounds } from "./lanes";
import { holdUntil, pieceAt, wanted, type Piece, type Track } from "./timeline";
import { Reader, type Entry, type Frame } from "./webm";

/** What is loaded before and behind the position, seconds; ahead counts at 1×. */
const keep = { ahead: 15, behind: 90 };
/** The most that one request asks for, bytes. */
const turn = 512 * 1024;
/** When a file that is being written is asked for more, and a server that did
 * not answer is asked again, ms. */
const again = { grown: 500, failed: 2000 };

/** At a backfill's beginning what is only needed for decoding flashes by; a
 * seek goes behind it, seconds. */
const decoded = 0.15;

/** How far a piece's file has been read. */
interface Load {
  file: Recording; reader: Reader; pictures: Pictures; sounds: Sounds | null; codecs: string;
  /** The next byte. */
  at: number;
  /** What of the timeline is in the buffer. */
  from: number; to: number;
  done: boolean; retry: number;
}

interface Job { piece: Piece; from: number }

export class Feed {
  /** Called when a piece cannot be played. */
  onProblem: () => void = () => undefined;

  private buffer: Promise<Buffer> | null = null;
  private files = new Map<string, Recording>();
  private loads = new Map<string, Load>();
  private begun: Load | null = null; // whose frames the buffer expects
  private alone: Piece | null = null;
  private broken = new Set<string>();
  private failures = new Map<string, number>(); // when a piece may be tried again
  private position = 0;
  private rate = 1;
  private job: Job | null = null;
  private abort = new AbortController();
  private wake: () => void = () => undefined;
  private stopped = false;

  constructor(readonly video: HTMLVideoElement, private readonly urlOf: (p: Piece) => string, public track: Track) {
    video.addEventListener("error", this.failed);
    void this.run();
  }

  close(): void {
    this.stopped = true;
    this.video.removeEventListener("error", this.failed);
    this.drop();
    this.wake();
  }

  /** The position of the picture on the screen. */
  get time(): number {
    return this.video.currentTime + (this.alone?.zero ?? 0);
  }

  get mode(): "joined" | "single" | "none" {
    return this.alone ? "single" : this.buffer ? "joined" : "none";
  }

  /** Goes to a position. */
  show(t: number): void {
    this.position = t;
    const p = pieceAt(this.track.pieces, t);
    if (!p) return;
    if (this.single(p)) return this.showAlone(p, t);
    if (p.kind === "backfill") t = Math.max(t, Math.min(p.from + decoded, (p.from + p.to) / 2));
    if (!this.buffer) this.open();
    this.video.currentTime = t;
    const next = this.next();
    if (this.job && next && next.piece.key !== this.job.piece.key) this.abort.abort();
    else if (next?.from === t && !this.covers(t)) this.abort.abort();
    this.wake();
  }

  /** Loads what is wanted around a position. */
  load(t: number, rate: number): void {
    this.position = t;
    this.rate = rate;
    this.wake();
  }

  /** Until when there are pictures without a break from t on; t if there are none. */
  until(t: number): number {
    if (this.alone) return this.video.ended ? t : this.alone.to;
    const b = this.video.buffered;
    for (let i = 0; i < b.length; i++) if (b.start(i) <= t + 0.05 && b.end(i) > t) return b.end(i);
    return t;
  }

  /** Where pictures go on after t, though the piece at t has been read beyond:
   * a break within it. Null if there is none. */
  nextPicture(t: number): number | null {
    if (this.alone || !this.covers(t)) return null;
    const b = this.video.buffered;
    for (let i = 0; i < b.length; i++) if (b.start(i) > t) return b.start(i);
    return null;
  }

  /** Where a piece that played alone has ended. */
  get over(): number | null {
    return this.alone && this.video.ended ? this.alone.to : null;
  }

  /** Whether a piece plays in what the video has now. */
  holds(p: Piece): boolean {
    return this.single(p) ? this.alone?.key === p.key : !!this.buffer;
  }

  private covers(t: number): boolean {
    const p = pieceAt(this.track.pieces, t);
    const l = p && this.loads.get(p.key);
    return !!l && t >= l.from - 0.01 && (l.done || t < l.to);
  }

  private single = (p: Piece): boolean => this.broken.has(p.key) || !joins(p.codecs);

  private showAlone(p: Piece, t: number): void {
    if (this.alone?.key !== p.key) {
      const { paused, playbackRate } = this.video;
      this.drop();
      this.alone = p;
      this.video.src = this.urlOf(p);
      this.video.playbackRate = playbackRate;
      if (!paused) this.video.play().catch(() => undefined);
    }
    this.video.currentTime = Math.max(0, t - p.zero);
  }

  private open(): void {
    const { paused, playbackRate } = this.video;
    this.drop();
    this.buffer = Buffer.open(this.video);
    this.video.playbackRate = playbackRate;
    if (!paused) this.video.play().catch(() => undefined);
  }

  private drop(): void {
    this.abort.abort();
    void this.buffer?.then((b) => b.close());
    this.buffer = this.alone = this.begun = null;
    this.loads.clear();
    this.video.removeAttribute("src");
  }

  /** A <video> that gave up: its piece is tried alone, or passed over. */
  private failed = (): void => {
    const p = this.job?.piece ?? pieceAt(this.track.pieces, this.position);
    if (this.stopped || this.mode === "none") return;
    if (p && !this.broken.has(p.key)) {
      this.broken.add(p.key);
      this.show(this.position);
    } else {
      this.onProblem();
    }
  };

  private async run(): Promise<void> {
    while (!this.stopped) {
      const job = this.next();
      if (!job) {
        await new Promise<void>((resolve) => { this.wake = resolve; });
        continue;
      }
      this.job = job;
      this.abort = new AbortController();
      const { signal } = this.abort;
      await this.work(job, signal).catch(() => {
        if (signal.aborted) return;
        this.loads.delete(job.piece.key);
        this.failures.set(job.piece.key, performance.now() + again.failed);
        this.onProblem();
      });
      this.job = null;
    }
  }

  /** What to load now. */
  private next(): Job | null {
    if (!this.buffer) return null;
    const now = performance.now();
    for (const w of wanted(this.track.pieces, this.position, keep.ahead * Math.max(1, this.rate))) {
      if (this.single(w.piece) || now < (this.failures.get(w.piece.key) ?? 0)) continue;
      const l = this.loads.get(w.piece.key);
      if (!l || w.from < l.from - 0.01 || !l.done && w.from > l.to + 2) return { piece: w.piece, from: w.from };
      if (!l.done && l.to < w.to && now >= l.retry) return { piece: w.piece, from: l.to };
    }
    return null;
  }

  private async work({ piece, from }: Job, signal: AbortSignal): Promise<void> {
    const buffer = await this.buffer!;
    let l = this.loads.get(piece.key);
    if (!l || from < l.from - 0.01 || from > l.to + 2) l = await this.begin(piece, from, signal);
    for await (const chunk of l.file.stream(l.at, turn, signal)) {
      l.at += chunk.length;
      await this.take(buffer, piece, l, l.reader.push(chunk));
      if (signal.aborted) return;
    }
    if (l.at >= l.file.size) await this.finish(buffer, piece, l);
    await this.evict(buffer);
    this.failures.delete(piece.key);
  }

  private async begin(piece: Piece, from: number, signal: AbortSignal): Promise<Load> {
    const file = this.files.get(piece.key) ?? new Recording(this.urlOf(piece));
    this.files.set(piece.key, file);
    const at = await file.find(from - piece.zero, piece.to - piece.zero, signal);
    const pictures = new Pictures(piece.from, piece.open ? Infinity : piece.to);
    const l: Load = { file, reader: new Reader(at > 0 ? file.header : null), pictures, sounds: null, codecs: piece.codecs, at, from, to: from, done: false, retry: 0 };
    this.loads.set(piece.key, l);
    return l;
  }

  /** Puts frames into the buffer. */
  private async take(buffer: Buffer, piece: Piece, l: Load, frames: Frame[]): Promise<void> {
    const { picture, sound } = tracksOf(l.reader);
    if (!picture || frames.length === 0) return;
    l.file.header ??= l.reader.header;
    const place = (f: Frame) => piece.zero + f.time;
    const pictures = frames.filter((f) => f.track === picture.number).flatMap((f) => l.pictures.push(place(f), f.key, f.data));
    if (pictures.length > 0) l.sounds ??= new Sounds(pictures[0].time, piece.open ? Infinity : piece.to, !!sound);
    const { sounds } = l;
    if (!sounds) return;
    const heard = frames.filter((f) => f.track === sound?.number).flatMap((f) => sounds.push(place(f), f.data));
    const last = pictures.at(-1);
    if (last) heard.push(...sounds.upTo(last.time + last.length));
    await this.prepare(buffer, l);
    await buffer.append(pictures, heard);
    if (last) l.to = Math.max(l.to, last.time + last.length);
  }

  /** The file has been read to its end, or to what is written of it. */
  private async finish(buffer: Buffer, piece: Piece, l: Load): Promise<void> {
    if (piece.open) {
      l.retry = performance.now() + again.grown;
      return;
    }
    const until = holdUntil(this.track.pieces, piece);
    await this.prepare(buffer, l);
    await buffer.append(l.pictures.end(until), l.sounds?.end(until) ?? []);
    l.to = Math.max(l.to, piece.to);
    l.done = true;
  }

  private async prepare(buffer: Buffer, l: Load): Promise<void> {
    const { picture, sound } = tracksOf(l.reader);
    if (this.begun === l || !picture) return;
    this.begun = l;
    await buffer.begin(picture, sound, l.codecs);
  }

  /** Forgets what is far from the position. */
  private async evict(buffer: Buffer): Promise<void> {
    const from = this.position - keep.behind;
    const to = this.position + keep.behind + keep.ahead * Math.max(1, this.rate);
    for (const [key, l] of this.loads) {
      if (l.to < from || l.to > to && l !== this.begun) this.loads.delete(key);
      else l.from = Math.max(l.from, from);
    }
    if (from > 0) await buffer.remove(0, from);
    const far = Math.max(to, ...[...this.loads.values()].map((l) => l.to));
    await buffer.remove(far + 1, Infinity);
  }
}

function tracksOf(reader: Reader): { picture: Entry | null; sound: Entry | null } {
  const tracks = reader.header?.tracks ?? [];
  return { picture: tracks.find((k) => k.kind === "video") ?? null, sound: tracks.find((k) => k.kind === "audio" && k.codec === "A_OPUS") ?? null };
}
