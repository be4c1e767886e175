// One camera's track while it is used: ended, muted, or live without frames.
// A mute of half a second is a hiccup; one that lasts is told before the
// server sees two black pictures of it.

import { frameCounter, Stall, type FrameCounter } from "./stall";

export interface CameraTold {
  ended(): void;
  /** The camera gives no picture: muted, or with the detail "stalled". */
  down(detail: string): void;
  up(): void;
}

/** How long a mute may last before it is one, ms. */
const muteTime = 500;
const lookEvery = 500;

export class CameraWatch {
  private readonly frames: FrameCounter;
  private readonly stall = new Stall();
  private readonly looker: number;
  private muteTimer = 0;
  private stalled: boolean;

  /** isDown: it stands in for a camera that gave no picture. */
  constructor(private readonly track: MediaStreamTrack, private readonly told: CameraTold, private isDown = false) {
    this.stalled = isDown;
    this.frames = frameCounter(track);
    track.addEventListener("ended", this.ended);
    track.addEventListener("mute", this.mute);
    track.addEventListener("unmute", this.unmute);
    this.looker = window.setInterval(() => this.look(), lookEvery);
    if (track.muted) this.mute();
  }

  stop(): void {
    clearInterval(this.looker);
    clearTimeout(this.muteTimer);
    this.track.removeEventListener("ended", this.ended);
    this.track.removeEventListener("mute", this.mute);
    this.track.removeEventListener("unmute", this.unmute);
    this.frames.close();
  }

  private ended = (): void => {
    this.stop();
    this.told.ended();
  };

  private mute = (): void => {
    clearTimeout(this.muteTimer);
    this.muteTimer = window.setTimeout(() => this.say(""), muteTime);
  };

  private unmute = (): void => {
    clearTimeout(this.muteTimer);
    if (!this.stalled) this.say(null);
  };

  /** Some browsers end a track without an event, some stop its frames. */
  private look(): void {
    if (this.track.readyState === "ended") return this.ended();
    const frames = this.track.muted ? null : this.frames.count();
    const stalled = this.stall.take(frames, performance.now()) || this.stalled && frames === 0;
    if (stalled === this.stalled) return;
    this.stalled = stalled;
    if (stalled) this.say("stalled");
    else if (!this.track.muted) this.say(null);
  }

  private say(detail: string | null): void {
    if ((detail !== null) === this.isDown) return;
    this.isDown = detail !== null;
    if (detail === null) this.told.up();
    else this.told.down(detail);
  }
}
