// The two SourceBuffers of a video: pictures and sound.

import { avcCodec, mp4Fragment, mp4Start } from "./mp4";
import { silentTrack, webmCluster, webmStart, type Entry, type Timed } from "./webm";

const soundType = 'audio/webm; codecs="opus"';
/** Longer than any exam: a position beyond the duration could not be sought. */
const longest = 30 * 24 * 3600;

/** The type that a track's pictures are appended as. */
const typeOf = (track: Entry, codecs: string): string =>
  track.codec === "V_MPEG4/ISO/AVC" ? `video/mp4; codecs="${avcCodec(track)}"` : `video/webm; codecs="${codecs.split(",")[0].trim()}"`;

/** Whether recordings with these codecs can go through Media Source Extensions. */
export function joins(codecs: string): boolean {
  const video = codecs.split(",")[0].trim();
  const type = video.startsWith("avc1") || video === "h264" ? `video/mp4; codecs="${video === "h264" ? "avc1.42e01f" : video}"` : `video/webm; codecs="${video}"`;
  return "MediaSource" in window && MediaSource.isTypeSupported(type) && MediaSource.isTypeSupported(soundType);
}

export class Buffer {
  private pictures: SourceBuffer | null = null;
  private sound: SourceBuffer | null = null;
  private type = "";
  private picture: Entry | null = null;
  private heard: Entry | null = null;

  private constructor(private readonly source: MediaSource, private readonly url: string) {}

  /** Makes a video play from a new buffer. */
  static async open(video: HTMLVideoElement): Promise<Buffer> {
    const source = new MediaSource();
    const b = new Buffer(source, URL.createObjectURL(source));
    const opened = new Promise<void>((resolve) => source.addEventListener("sourceopen", () => resolve(), { once: true }));
    video.src = b.url;
    await opened;
    return b;
  }

  close(): void {
    URL.revokeObjectURL(this.url);
  }

  /** Says of which tracks frames follow. */
  async begin(picture: Entry, sound: Entry | null, codecs: string): Promise<void> {
    const type = typeOf(picture, codecs);
    if (!this.pictures || !this.sound) {
      this.pictures = this.source.addSourceBuffer(type);
      this.sound = this.source.addSourceBuffer(soundType);
      this.source.duration = longest;
    } else if (type !== this.type) {
      this.pictures.changeType(type);
    }
    this.type = type;
    this.picture = picture;
    this.heard = sound ?? silentTrack();
    await this.change(this.sound, webmStart(this.heard));
    await this.change(this.pictures, this.mp4 ? mp4Start(picture) : webmStart(picture));
  }

  async append(pictures: Timed[], sound: Timed[]): Promise<void> {
    if (sound.length > 0) for (const part of parts(sound)) await this.change(this.sound, webmCluster(this.heard!.number, part));
    if (pictures.length > 0) for (const part of parts(pictures)) await this.change(this.pictures, this.mp4 ? mp4Fragment(part) : webmCluster(this.picture!.number, part));
  }

  async remove(from: number, to: number): Promise<void> {
    for (const b of [this.pictures, this.sound])
      if (b && b.buffered.length > 0 && to > b.buffered.start(0) && from < b.buffered.end(b.buffered.length - 1)) await this.change(b, [from, to]);
  }

  private get mp4(): boolean {
    return this.type.startsWith("video/mp4");
  }

  private change(b: SourceBuffer | null, what: Uint8Array<ArrayBuffer> | [number, number]): Promise<void> {
    if (!b || this.source.readyState !== "open") return Promise.reject(new Error("the buffer is closed"));
    return new Promise((resolve, reject) => {
      const done = () => (b.removeEventListener("error", broken), resolve());
      const broken = () => (b.removeEventListener("updateend", done), reject(new Error("append failed")));
      b.addEventListener("updateend", done, { once: true });
      b.addEventListener("error", broken, { once: true });
      if (Array.isArray(what)) b.remove(what[0], what[1]);
      else b.appendBuffer(what);
    });
  }
}

/** Frames in parts that a cluster can hold. */
function parts(frames: Timed[]): Timed[][] {
  const out: Timed[][] = [];
  for (const f of frames) {
    const last = out.at(-1);
    if (last && f.time - last[0].time < 25) last.push(f);
    else out.push([f]);
  }
  return out;
}
