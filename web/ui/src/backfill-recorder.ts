// The page's own recording: short WebM files, one after the other, each of
// them whole. Neighbours overlap, so that together they miss nothing.

/** A recording that grows; times are ms of the page's clock. */
export interface Take { id: string; from: number; to: number; type: string; size: number; chunks: Blob[]; done: boolean }

/** How long a piece is, ms. */
const pieceTime = 10_000;
/** How often a piece gives out what it has, ms: what a reload may cost. */
const sliceTime = 1000;
/** Pictures a second while all is well: the encoder's cost is theirs, and only
 * the few seconds before a loss is noticed are ever needed of them. */
const thrift = 5;
/** How often a recorder that stops by itself is started again. */
const retries = 5;

/** VP9 first: Chromium's VP8 spends on each picture all the time there is until
 * the next, however few there are; its VP9 costs a quarter of that. */
const types = ["video/webm;codecs=vp9,opus", "video/webm;codecs=vp8,opus", "video/webm;codecs=vp8", "video/webm"];

export const recordable = (): string =>
  typeof MediaRecorder === "undefined" ? "" : types.find((t) => MediaRecorder.isTypeSupported(t)) ?? "";

export class PieceRecorder {
  private stream: MediaStream | null = null;
  /** The same with fewer pictures; null where the browser cannot. */
  private slow: MediaStream | null = null;
  private full = false;
  private current: MediaRecorder | null = null;
  private readonly running = new Map<MediaRecorder, () => void>();
  private failures = 0;

  /** grown is called whenever a piece has more, or is done. */
  constructor(private readonly grown: (t: Take, chunk: Blob | null) => void) {}

  /** Whether a piece is being recorded now. */
  get active(): boolean {
    return this.current?.state === "recording";
  }

  record(stream: MediaStream | null): void {
    if (stream === this.stream) return;
    this.leave();
    this.stream = stream;
    this.failures = 0;
    if (stream) this.slowDown(stream);
    const old = this.current;
    this.current = null;
    if (old?.state === "recording") old.stop();
    if (stream) this.next();
  }

  /** Ends the current piece soon, and goes on with another, which has all the
   * pictures or few. */
  rotate(full = this.full): void {
    this.full = full;
    if (this.stream && this.active) this.next();
  }

  /** Ends it all; resolves when the last piece is out. */
  async stop(): Promise<void> {
    this.leave();
    const ends = [...this.running.keys()].map((r) => new Promise<void>((done) => {
      this.running.set(r, done);
      if (r.state === "recording") r.stop();
      else done();
    }));
    this.current = null;
    await Promise.race([Promise.all(ends), new Promise((r) => setTimeout(r, 3000))]);
  }

  private leave(): void {
    this.stream = null;
    for (const track of this.slow?.getVideoTracks() ?? []) track.stop(); // or the camera stays on
    this.slow = null;
  }

  private async slowDown(stream: MediaStream): Promise<void> {
    const track = stream.getVideoTracks()[0]?.clone();
    const slowed = await track?.applyConstraints({ frameRate: { max: thrift } }).then(() => true, () => false);
    if (!slowed || this.stream !== stream) return track?.stop();
    this.slow = new MediaStream([track, ...stream.getAudioTracks()]);
  }

  private next(): void {
    const stream = this.stream;
    const type = recordable();
    if (!stream || !type) return;
    try {
      this.begin(new MediaRecorder(this.full || !this.slow ? stream : this.slow, { mimeType: type, videoBitsPerSecond: 500_000, audioBitsPerSecond: 32_000 }), stream);
    } catch {
      this.again(stream);
    }
  }

  private begin(recorder: MediaRecorder, stream: MediaStream): void {
    const old = this.current;
    const take: Take = { id: crypto.randomUUID(), from: Date.now(), to: 0, type: recorder.mimeType, size: 0, chunks: [], done: false };
    this.current = recorder;
    this.running.set(recorder, () => undefined);
    recorder.ondataavailable = (e) => {
      if (e.data.size > 0) {
        take.chunks.push(e.data);
        take.size += e.data.size;
        take.to = Date.now();
        this.grown(take, e.data);
      }
      if (old?.state === "recording") old.stop(); // this one has begun for certain
      // A timer would be slowed down while the page is hidden.
      if (this.current === recorder && take.to - take.from >= pieceTime) this.rotate();
    };
    recorder.onstop = () => {
      take.done = true;
      if (take.size > 0) this.grown(take, null);
      this.running.get(recorder)?.();
      this.running.delete(recorder);
      if (this.current === recorder) this.again(stream);
    };
    take.from = Date.now(); // a busy browser tells of it late
    recorder.start(sliceTime);
  }

  /** A recorder ended that nobody told to. */
  private again(stream: MediaStream): void {
    this.current = null;
    if (this.stream !== stream || this.failures++ >= retries) return;
    setTimeout(() => {
      if (this.stream === stream && !this.current && stream.active) this.next();
    }, 1000);
  }
}
