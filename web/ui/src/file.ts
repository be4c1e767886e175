// One recording on the server, read in ranges: its header, its seek index, and
// from any second on.

import { findCluster, Reader, readCues, type Cue, type Header } from "./webm";

/** A header is some 500 bytes; 2 kB hold any we know. */
const headSize = 2048;
/** The beginning, seconds: what lies in it is fetched without asking the index. */
const near = 1.5;
/** How long before a moment, at most, a key frame of a file without index comes. */
const lead = 1.5;
/** Where a cluster begins is sought in this much: more than a second of video. */
const probe = 192 * 1024;

export class Recording {
  header: Header | null = null;
  /** Bytes in all, as far as it is known. */
  size = 0;
  private cues: Cue[] | null = null;

  constructor(private readonly url: string) {}

  /** Gives the bytes from an offset on as they arrive, at most count of them. */
  async *stream(from: number, count: number, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    const response = await fetch(this.url, { credentials: "same-origin", cache: "no-store", headers: { Range: `bytes=${from}-${from + count - 1}` }, signal });
    const total = Number(/\/(\d+)$/.exec(response.headers.get("Content-Range") ?? "")?.[1] ?? response.headers.get("Content-Length"));
    if (total > 0) this.size = total;
    if (response.status === 416) return;
    if (!response.ok || !response.body || (from > 0 && response.status !== 206)) throw new Error(`recording: ${response.status}`);
    const reader = response.body.getReader();
    try {
      for (;;) {
        const { value, done } = await reader.read();
        if (done) return;
        yield value;
      }
    } finally {
      reader.cancel().catch(() => undefined);
    }
  }

  /** The offset to read from so that a second of the file is there, in a file
   * that is about so many seconds long. */
  async find(second: number, length: number, signal: AbortSignal): Promise<number> {
    if (second < near) return 0;
    const header = await this.head(signal);
    this.cues ??= header.cues > 0 && header.cues < this.size ? readCues(await this.bytes(header.cues, this.size - header.cues, signal), header) : [];
    if (this.cues.length > 0) return this.cues.findLast((c) => c.time <= second)?.at ?? 0;
    return this.guess(second, length, header, signal);
  }

  private async head(signal: AbortSignal): Promise<Header> {
    for (let size = headSize; !this.header; size *= 16) {
      const reader = new Reader();
      reader.push(await this.bytes(0, size, signal));
      this.header = reader.header;
      if (!this.header && size > 1e6) throw new Error("recording: no header");
    }
    return this.header;
  }

  /** Closes in on a second of a file without an index. */
  private async guess(second: number, length: number, header: Header, signal: AbortSignal): Promise<number> {
    let low = { at: 0, time: 0 };
    let high = { at: this.size, time: Math.max(length, second) };
    for (let i = 0; i < 5 && second - low.time > 4 * lead; i++) {
      const part = (second - 2 * lead - low.time) / (high.time - low.time);
      const at = Math.floor(low.at + (high.at - low.at) * Math.min(0.95, part)) + 1;
      const found = await this.cluster(at, header, signal);
      if (found && found.time <= second - lead) low = found;
      else if (at < high.at) high = { at, time: found ? found.time : high.time };
      else break;
    }
    return low.at;
  }

  /** The first cluster after an offset. */
  private async cluster(at: number, header: Header, signal: AbortSignal): Promise<Cue | null> {
    const got = new Uint8Array(probe);
    let n = 0;
    for await (const chunk of this.stream(at, probe, signal)) {
      got.set(chunk, n);
      n += chunk.length;
      const found = findCluster(got.subarray(0, n), header.scale);
      if (found) return { time: found.time, at: at + found.at };
    }
    return null;
  }

  private async bytes(from: number, count: number, signal: AbortSignal): Promise<Uint8Array> {
    const got = new Uint8Array(count);
    let n = 0;
    for await (const chunk of this.stream(from, count, signal)) {
      got.set(chunk.subarray(0, count - n), n);
      n = Math.min(count, n + chunk.length);
    }
    return got.subarray(0, n);
  }
}
