// Whether a camera that is called live gives frames: an antivirus or another
// program can take them away without a word.

/** How long without a frame is a stall, ms. */
export const stallTime = 1900;
/** How long a camera may take to give its first frame, ms. */
export const firstTime = 5000;
/** A longer pause between two counts proves nothing: the machine slept. */
const slept = 3000;

/** Weighs counts of a camera's frames. */
export class Stall {
  private last = -1;
  private at = 0;
  private still = 0;

  /** Takes a count, null where none can be had, and says whether it stalls. */
  take(frames: number | null, now: number): boolean {
    const pause = now - this.at;
    this.at = now;
    if (frames === null || frames !== this.last || pause > slept) this.still = 0;
    else this.still += pause;
    this.last = frames ?? -1;
    return frames !== null && this.still >= (frames === 0 ? firstTime : stallTime);
  }
}

export interface FrameCounter {
  /** How many frames came so far; null if it cannot be known now. */
  count(): number | null;
  close(): void;
}

interface TrackStats { totalFrames?: number }

/** Counts a track's frames by the browser's own numbers, or else by drawing
 * them, which browsers do only on a page that is looked at. */
export function frameCounter(track: MediaStreamTrack): FrameCounter {
  const stats = () => (track as { stats?: TrackStats }).stats?.totalFrames;
  if (typeof stats() === "number") return { count: () => stats() ?? null, close: () => {} };
  return drawn(track);
}

function drawn(track: MediaStreamTrack): FrameCounter {
  const video = document.createElement("video");
  if (!("requestVideoFrameCallback" in video)) return { count: () => null, close: () => {} };
  let frames = 0;
  let hidden = document.hidden;
  const next = () => { frames++; video.requestVideoFrameCallback(next); };
  video.requestVideoFrameCallback(next);
  video.muted = video.playsInline = true;
  video.srcObject = new MediaStream([track]);
  video.play().catch(() => {}); // a browser that does not play it counts nothing
  const count = () => {
    const was = hidden;
    hidden = document.hidden;
    return hidden || was || video.paused ? null : frames;
  };
  return { count, close: () => { video.srcObject = null; } };
}
