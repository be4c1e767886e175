// One seekable timeline out of many WebM segments. Media Source Extensions in
// 'segments' mode put each at its own place; where they fail, segments are
// played one by one.

import { signal } from "@preact/signals";
import { media } from "./api";
import { Sorter, sortRecording } from "./webm";
import { pieceAt, resumeAt, wanted, type Piece, type Timeline } from "./timeline";

/** How often the segment being written is asked for more, ms. */
const livePoll = 2000;
/** How much behind the playhead is kept, seconds. */
const keepBehind = 180;

export class Player {
  readonly position = signal(0);
  readonly playing = signal(false);
  readonly mode = signal<"joined" | "single" | "none">("none");
  readonly problem = signal(false);

  private source: MediaSource | null = null;
  private buffer: SourceBuffer | null = null;
  private codecs = "";
  private url = "";
  private loaded = new Map<number | "live", number>(); // bytes appended
  private liveFrom = NaN;
  private sorter = new Sorter();
  private single: Piece | null = null;
  private work: Promise<void> = Promise.resolve();
  private queued = false;
  private stopped = false;
  private readonly poll: number;
  private lastLive = 0;

  constructor(private readonly video: HTMLVideoElement, private readonly seat: string, private line: Timeline) {
    video.addEventListener("timeupdate", this.tick);
    video.addEventListener("play", this.state);
    video.addEventListener("pause", this.state);
    video.addEventListener("error", this.failed);
    video.addEventListener("ended", this.tick);
    this.poll = window.setInterval(this.tick, 500);
  }

  close(): void {
    this.stopped = true;
    clearInterval(this.poll);
    for (const [name, f] of [["timeupdate", this.tick], ["play", this.state], ["pause", this.state], ["error", this.failed], ["ended", this.tick]] as const)
      this.video.removeEventListener(name, f);
    this.drop();
  }

  /** Takes a newer review of the same seat. */
  update(line: Timeline): void {
    this.line = line;
  }

  seek(t: number): void {
    const at = resumeAt(this.line.pieces, Math.max(0, t));
    if (at === null) return;
    this.position.value = at;
    const p = pieceAt(this.line.pieces, at);
    if (!p) return;
    if (this.mode.value === "single" || !supported(p.codecs)) this.playSingle(p, at);
    else this.playJoined(p, at);
  }

  play(): void {
    if (this.mode.value === "none") this.seek(this.position.value);
    this.video.play().catch(() => undefined);
  }

  toggle(): void {
    if (this.video.paused) this.play();
    else this.video.pause();
  }

  private playJoined(p: Piece, at: number): void {
    if (p.codecs !== this.codecs) this.rebuild(p.codecs);
    this.mode.value = "joined";
    this.video.currentTime = at;
    this.fill();
  }

  private playSingle(p: Piece, at: number): void {
    if (this.single !== p || this.mode.value !== "single") {
      const rate = this.video.playbackRate;
      const paused = this.video.paused;
      this.drop();
      this.mode.value = "single";
      this.single = p;
      this.video.src = media.segment(this.seat, p.number);
      this.video.playbackRate = rate;
      if (!paused) this.video.play().catch(() => undefined);
    }
    this.video.currentTime = Math.max(0, at - p.from);
  }

  private rebuild(codecs: string): void {
    const rate = this.video.playbackRate;
    const paused = this.video.paused;
    this.drop();
    const source = new MediaSource();
    this.source = source;
    this.codecs = codecs;
    this.url = URL.createObjectURL(source);
    source.addEventListener("sourceopen", () => this.opened(source), { once: true });
    this.video.src = this.url;
    this.video.playbackRate = rate;
    if (!paused) this.video.play().catch(() => undefined);
  }

  private opened(source: MediaSource): void {
    if (source !== this.source) return;
    try {
      this.buffer = source.addSourceBuffer(`video/webm; codecs="${this.codecs}"`);
      this.buffer.mode = "segments";
      source.duration = Math.max(1, this.line.length);
    } catch {
      return this.failed();
    }
    this.video.currentTime = this.position.value;
    this.fill();
  }

  private drop(): void {
    this.source = this.buffer = null;
    this.codecs = "";
    this.single = null;
    this.loaded.clear();
    this.liveFrom = NaN;
    this.video.removeAttribute("src");
    if (this.url) URL.revokeObjectURL(this.url);
    this.url = "";
  }

  private state = (): void => {
    this.playing.value = !this.video.paused;
  };

  private tick = (): void => {
    if (this.mode.value === "none" || this.stopped) return;
    if (this.single) return this.tickSingle(this.single);
    if (!this.buffer || this.video.seeking) return;
    const t = this.video.currentTime;
    this.position.value = t;
    this.crossHole(t);
    this.fill();
  };

  private tickSingle(p: Piece): void {
    this.position.value = Math.min(p.to, p.from + this.video.currentTime);
    if (!this.video.ended) return;
    const next = resumeAt(this.line.pieces, p.to);
    if (next !== null && next > p.from) {
      this.seek(next);
      this.video.play().catch(() => undefined);
    }
  }

  /** Goes over what was not recorded, and over the few frames between segments. */
  private crossHole(t: number): void {
    if (this.video.paused) return;
    const next = this.line.pieces.find((p) => p.from > t);
    const here = pieceAt(this.line.pieces, t);
    if (next && (!here || here.to - t < 0.25 || this.loaded.has(here.number)) && !ahead(this.buffer!.buffered, t)) {
      if (next.codecs !== this.codecs) return this.seek(next.from);
      if (this.loaded.has(next.number)) this.video.currentTime = next.from + 0.05;
    }
  }

  /** Loads what is wanted now, one piece after another. */
  private fill(): void {
    if (this.queued) return;
    this.queued = true;
    const source = this.source;
    this.work = this.work.then(async () => {
      this.queued = false;
      if (source !== this.source || !this.buffer || this.stopped) return;
      for (const p of wanted(this.line.pieces, this.position.value, this.codecs)) {
        if (source !== this.source) return;
        if (p.number === "live") await this.loadLive(p);
        else if (!this.loaded.has(p.number)) await this.load(p);
      }
      await this.evict();
    }).catch(() => {
      if (source === this.source) this.failed();
    });
  }

  private async load(p: Piece): Promise<void> {
    const response = await get(media.segment(this.seat, p.number), {});
    if (!response) return; // the next tick tries again
    if (!response.ok) {
      this.problem.value = true;
      this.loaded.set(p.number, 0);
      return;
    }
    const data = await response.arrayBuffer();
    this.parseFrom(p.from);
    await this.append(sortRecording(data));
    this.loaded.set(p.number, data.byteLength);
  }

  private async loadLive(p: Piece): Promise<void> {
    const now = Date.now();
    if (now - this.lastLive < livePoll) return;
    this.lastLive = now;
    if (this.liveFrom !== p.from) this.loaded.delete("live");
    const have = this.loaded.get("live") ?? 0;
    const headers: HeadersInit = have > 0 ? { Range: `bytes=${have}-` } : {};
    const response = await get(media.segment(this.seat, "live"), { headers, cache: "no-store" });
    if (!response?.ok || (have > 0 && response.status !== 206)) return;
    const data = await response.arrayBuffer();
    if (data.byteLength === 0) return;
    if (have === 0) {
      this.parseFrom(p.from);
      this.sorter = new Sorter();
    }
    this.liveFrom = p.from;
    await this.append(this.sorter.push(new Uint8Array(data)));
    this.loaded.set("live", have + data.byteLength);
  }

  private parseFrom(at: number): void {
    const b = this.buffer;
    if (!b) return;
    b.abort(); // whatever was half read ends here
    b.timestampOffset = at;
  }

  private append(data: Uint8Array<ArrayBuffer>): Promise<void> {
    if (data.length === 0) return Promise.resolve();
    return this.change((b) => b.appendBuffer(data));
  }

  private async evict(): Promise<void> {
    const until = this.position.value - keepBehind;
    const b = this.buffer;
    if (!b || b.buffered.length === 0 || until <= b.buffered.start(0)) return;
    for (const p of this.line.pieces) if (p.from < until) this.loaded.delete(p.number);
    await this.change((x) => x.remove(0, until));
  }

  private change(f: (b: SourceBuffer) => void): Promise<void> {
    const b = this.buffer;
    const source = this.source;
    if (!b || source?.readyState !== "open") return Promise.resolve();
    return new Promise((resolve, reject) => {
      const done = () => (b.removeEventListener("error", broken), resolve());
      const broken = () => (b.removeEventListener("updateend", done), reject(new Error("append failed")));
      b.addEventListener("updateend", done, { once: true });
      b.addEventListener("error", broken, { once: true });
      f(b);
    });
  }

  private failed = (): void => {
    if (this.stopped || this.mode.value === "none") return;
    const at = this.position.value;
    const p = pieceAt(this.line.pieces, at);
    if (this.mode.value === "single" || !p) {
      this.problem.value = true;
      return;
    }
    this.playSingle(p, at);
  };
}

/** Fetches a recording; null while the server cannot be reached. */
const get = (url: string, init: RequestInit): Promise<Response | null> =>
  fetch(url, { credentials: "same-origin", ...init }).catch(() => null);

const supported = (codecs: string): boolean =>
  "MediaSource" in window && MediaSource.isTypeSupported(`video/webm; codecs="${codecs}"`);

/** Whether something after t is buffered without a break. */
function ahead(ranges: TimeRanges, t: number): boolean {
  for (let i = 0; i < ranges.length; i++) if (ranges.start(i) <= t + 0.05 && ranges.end(i) > t + 0.1) return true;
  return false;
}
