// Frames of one file put on the seat's timeline, each with its length: what
// goes into a SourceBuffer. Times are positions in seconds.

import { silence, type Timed } from "./webm";

/** A picture stands no longer than this when none follows. */
const stands = 1.5;
/** How far sound may lag behind the picture in a file. */
const lag = 0.5;
const hair = 0.001;

/** The pictures of one piece. What comes before the piece's beginning is
 * needed to decode what follows: it is shown there for a millisecond a frame.
 * (The append window of Media Source Extensions would throw it away, and all
 * up to the next key frame with it.) */
export class Pictures {
  private held: Timed | null = null;
  private before: { key: boolean; data: Uint8Array }[] = [];
  private started = false;

  constructor(private readonly from: number, private readonly to: number) {}

  push(time: number, key: boolean, data: Uint8Array): Timed[] {
    if (time >= this.to) return [];
    if (time < this.from - hair) {
      if (key) this.before = [];
      if (key || this.before.length > 0) this.before.push({ key, data });
      return [];
    }
    const out = this.begin();
    if (!this.started && !key) return out;
    this.started = true;
    return [...out, ...this.next(time, key, data)];
  }

  /** What was held back; until is when the last picture stops to stand. */
  end(until: number): Timed[] {
    const out = this.begin();
    if (this.held) out.push(this.ended(this.held, until));
    this.held = null;
    return out;
  }

  private begin(): Timed[] {
    const out = this.before.flatMap((f, i) => this.next(this.from + i * hair, f.key, f.data));
    this.started ||= this.before.length > 0;
    this.before = [];
    return out;
  }

  private next(time: number, key: boolean, data: Uint8Array): Timed[] {
    const held = this.held;
    if (held && time < held.time + hair) time = held.time + hair;
    this.held = { time, length: 0, key, data };
    return held ? [this.ended(held, time)] : [];
  }

  private ended(f: Timed, until: number): Timed {
    return { ...f, length: Math.min(stands, Math.max(hair, until - f.time)) };
  }
}

/** The sound of one piece, from a moment on; silence where there is none, so
 * that a file without sound does not stop the picture. */
export class Sounds {
  private held: Timed | null = null;

  /** next is where sound is due; there: whether the file has any. */
  constructor(private next: number, private readonly to: number, private readonly there: boolean) {}

  push(time: number, data: Uint8Array): Timed[] {
    if (time >= this.to || time < this.next - 0.005) return [];
    const out = time - this.next > 0.1 ? this.fill(time) : this.release(time);
    this.held = { time, length: silence.length, key: true, data };
    this.next = time + silence.length;
    return out;
  }

  /** Keeps up with the picture. */
  upTo(picture: number): Timed[] {
    const due = Math.min(this.to, picture) - (this.there ? lag : 0);
    return due > this.next + (this.there ? lag : 0) ? this.fill(due) : [];
  }

  end(until: number): Timed[] {
    return until > this.next ? this.fill(until) : this.release(until);
  }

  private release(until: number): Timed[] {
    const held = this.held;
    this.held = null;
    return held ? [{ ...held, length: Math.max(hair, until - held.time) }] : [];
  }

  private fill(until: number): Timed[] {
    const out = this.release(this.next);
    for (; this.next < until - silence.length / 2; this.next += silence.length)
      out.push({ time: this.next, length: silence.length, key: true, data: silence.frame });
    return out;
  }
}
