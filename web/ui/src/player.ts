// A seat's whole recording as one thing that plays: one clock for all of its
// tracks, over segments, backfilled stretches and gaps.

import { signal } from "@preact/signals";
import { media } from "./api";
import { Feed } from "./feed";
import { pieceAt, resumeAt, slack, stretchAt, type Piece, type Stretch, type Timeline } from "./timeline";

export const rates = [1, 1.5, 2, 4, 8];
/** Above this nothing can be understood, and nothing is heard. */
export const loudest = 2;
/** How often the position is looked at, ms. */
const turn = 100;
/** How far the tracks of a seat may run apart, seconds. */
const apart = 0.2;
/** How long a picture stands before it counts as standing, ms. */
const stalled = 300;
/** How long it is said that something was passed over, ms. */
const noticed = 5000;
/** How far behind now the live end is shown, seconds. */
const behind = 1.5;

export class Player {
  readonly position = signal(0);
  readonly playing = signal(false);
  readonly rate = signal(1);
  readonly mode = signal<"joined" | "single" | "none">("none");
  readonly problem = signal(false);
  /** What was just passed over. */
  readonly passed = signal<Stretch | null>(null);
  /** Of each track, what plays there. */
  readonly shown = signal<(Piece | null)[]>([]);

  private readonly feeds: Feed[];
  private readonly timer: number;
  private notice = 0;
  private shownFirst = false;
  private updated = performance.now();
  private last = { position: NaN, at: 0 };

  /** videos are as many as the timeline has tracks. */
  constructor(videos: HTMLVideoElement[], seat: string, private line: Timeline) {
    const url = (p: Piece) => (p.kind === "backfill" ? media.backfill : media.segment)(seat, p.number);
    this.feeds = videos.map((v, i) => new Feed(v, url, line.tracks[i]));
    for (const f of this.feeds) {
      f.onProblem = () => { this.problem.value = true; };
      for (const event of ["timeupdate", "seeked", "waiting", "ended"]) f.video.addEventListener(event, this.tick);
    }
    this.timer = window.setInterval(this.tick, turn);
  }

  close(): void {
    clearInterval(this.timer);
    clearTimeout(this.notice);
    for (const f of this.feeds) {
      for (const event of ["timeupdate", "seeked", "waiting", "ended"]) f.video.removeEventListener(event, this.tick);
      f.close();
    }
  }

  /** Takes a newer review of the same seat, with the same tracks. */
  update(line: Timeline): void {
    this.line = line;
    this.updated = performance.now();
    this.feeds.forEach((f, i) => { f.track = line.tracks[i] ?? f.track; });
  }

  seek(t: number): void {
    const at = resumeAt(this.pieces, Math.max(0, Math.min(t, this.end - 0.1)));
    if (at === null) return;
    this.shownFirst = true;
    this.position.value = at;
    this.problem.value = false;
    for (const f of this.feeds) f.show(at);
    this.look(at);
  }

  /** Goes to what is happening now, as nearly as it can. */
  live(): void {
    const open = this.pieces.find((p) => p.open);
    if (open) this.seek(Math.max(open.from, this.end - behind));
    this.play();
  }

  /** Whether the recording still goes on. */
  get growing(): boolean {
    return this.pieces.some((p) => p.open);
  }

  jump(seconds: number): void {
    this.seek(this.position.value + seconds);
  }

  /** Goes to the next picture, or to the one before. */
  step(direction: 1 | -1): void {
    this.pause();
    const rate = pieceAt(this.pieces, this.position.value)?.rate ?? 15;
    this.seek(this.position.value + direction / rate);
  }

  play(): void {
    if (!this.shownFirst) this.seek(this.position.value);
    this.playing.value = true;
    this.tick();
  }

  pause(): void {
    this.playing.value = false;
    for (const f of this.feeds) f.video.pause();
  }

  toggle(): void {
    if (this.playing.value) this.pause();
    else this.play();
  }

  setRate(rate: number): void {
    this.rate.value = rate;
    this.tick();
  }

  private get pieces(): Piece[] {
    return this.line.tracks.flatMap((k) => k.pieces);
  }

  /** The end of what is known; it moves on while a recording is written. */
  private get end(): number {
    return this.line.length + (this.growing ? (performance.now() - this.updated) / 1000 : 0);
  }

  /** The track whose picture tells the time: the first that has one. */
  private lead(t: number): Feed {
    return this.feeds.find((f) => pieceAt(f.track.pieces, t)) ?? this.feeds[0];
  }

  private tick = (): void => {
    if (!this.shownFirst) return;
    const lead = this.lead(this.position.value);
    if (!lead.video.seeking) this.position.value = lead.time;
    this.cross(lead);
    const t = this.position.value;
    for (const f of this.feeds) {
      this.follow(f, lead, t);
      f.load(t, this.rate.value);
    }
    this.look(t);
  };

  /** Goes over what was not recorded, over breaks within a piece, and to what
   * another track or another way of playing has. */
  private cross(lead: Feed): void {
    const t = this.position.value;
    const until = lead.until(t);
    if (until > t + 0.08 && !(until < t + slack && this.still(t))) return;
    const at = lead.over ?? until + 0.1;
    const here = pieceAt(lead.track.pieces, at);
    if (lead.video.seeking || here && lead.holds(here)) {
      const next = lead.nextPicture(t);
      if (next !== null && next - t < 2 * slack) lead.show(next + 0.001);
      return;
    }
    if (!this.playing.value) return;
    const next = resumeAt(this.pieces, at);
    if (next === null) return this.pause();
    this.say(stretchAt(this.line.tracks[0].stretches, (t + next) / 2), next - t);
    this.seek(next);
  }

  /** Whether the picture stands though it should move: decoders stop a little
   * before their data ends. */
  private still(t: number): boolean {
    const now = performance.now();
    if (!this.playing.value || t !== this.last.position) this.last = { position: t, at: now };
    return now - this.last.at > stalled;
  }

  private say(s: Stretch | null, length: number): void {
    if (length <= slack) return;
    this.passed.value = s ?? { from: 0, to: length, kind: "unaccounted", cause: "", number: 0 };
    clearTimeout(this.notice);
    this.notice = window.setTimeout(() => { this.passed.value = null; }, noticed);
  }

  /** Makes a track's video do what the player does. */
  private follow(f: Feed, lead: Feed, t: number): void {
    const { video } = f;
    if (video.playbackRate !== this.rate.value) video.playbackRate = this.rate.value;
    video.muted = f !== lead || this.quiet || this.rate.value > loudest;
    if (!pieceAt(f.track.pieces, t)) return video.pause();
    if (f !== lead && !video.seeking && Math.abs(f.time - t) > apart * Math.max(1, this.rate.value)) f.show(t);
    if (this.playing.value === video.paused) {
      if (video.paused) video.play().catch(() => undefined);
      else video.pause();
    }
  }

  /** Never any sound. */
  quiet = false;

  private look(t: number): void {
    const shown = this.feeds.map((f) => pieceAt(f.track.pieces, t));
    if (shown.some((p, i) => p?.key !== this.shown.value[i]?.key) || shown.length !== this.shown.value.length) this.shown.value = shown;
    this.mode.value = this.lead(t).mode;
  }
}
