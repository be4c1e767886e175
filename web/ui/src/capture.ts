// The examinee's camera and microphone: opened, watched, and opened again when
// they go away. What happens to them is reported, in the browser's own words.

import { signal } from "@preact/signals";
import { backoff } from "./backoff";
import { CameraWatch } from "./camera-watch";
import type { ReportKind } from "./types";

export type CameraState = "off" | "starting" | "live" | "muted" | "lost";

/** How long a camera may give no picture before it is opened anew, ms. */
const reopenAfter = 4000;
/** How often a page without a picture says again why, ms: the server takes
 * the silence of one that does not for the network's. */
const repeatEvery = 15_000;

const video: MediaTrackConstraints = {
  width: { ideal: 640 }, height: { ideal: 480 }, frameRate: { ideal: 15, max: 30 }, facingMode: "user",
};

export class Capture {
  readonly state = signal<CameraState>("off");
  /** The name of the DOMException that the camera last gave, "" if none. */
  readonly error = signal("");
  readonly microphoneError = signal("");
  readonly stream = signal<MediaStream | null>(null);

  private timer = 0;
  private run = 0;
  private insist = false;
  private attempt = 0;
  private watch: CameraWatch | null = null;
  private permission: PermissionStatus | null = null;
  private repeater = 0;

  constructor(private readonly report: (kind: ReportKind, detail: string) => void) {}

  /** Opens the camera; with insist, or once it was open, tries until it is. */
  async start(insist = false): Promise<void> {
    this.insist ||= insist;
    const run = ++this.run;
    clearTimeout(this.timer);
    if (this.state.value === "off" || this.state.value === "live") this.state.value = "starting";
    this.askPermission();
    const before = this.error.value;
    const stream = await this.open();
    if (run !== this.run) return stopAll(stream);
    if (!stream) return this.failed(before);
    if (this.state.value === "muted" && stream.getVideoTracks()[0].muted) { // no better than what there is
      stopAll(stream);
      return this.again();
    }
    this.adopt(stream);
  }

  private failed(before: string): void {
    this.state.value = "lost";
    if (this.error.value !== before) this.claim("camera_error", this.error.value);
    if (this.insist) this.again();
  }

  stop(): void {
    this.run++;
    clearTimeout(this.timer);
    clearInterval(this.repeater);
    this.watch?.stop();
    this.permission?.removeEventListener("change", this.lookAgain);
    this.permission = null;
    navigator.mediaDevices?.removeEventListener("devicechange", this.lookAgain);
    stopAll(this.stream.value);
    this.stream.value = null;
    this.state.value = "off";
  }

  /** The camera's label, as the browser names it. */
  get label(): string {
    return this.stream.value?.getVideoTracks()[0]?.label ?? "";
  }

  get microphoneLabel(): string {
    return this.stream.value?.getAudioTracks()[0]?.label ?? "";
  }

  private async open(): Promise<MediaStream | null> {
    this.microphoneError.value = "";
    if (!navigator.mediaDevices?.getUserMedia) {
      this.error.value = "NotSupportedError";
      return null;
    }
    try {
      return this.opened(await navigator.mediaDevices.getUserMedia({ video, audio: true }));
    } catch (both) {
      try { // one of the two may be what is missing
        const stream = await anyVideo();
        this.microphoneError.value = nameOf(both);
        return this.opened(stream);
      } catch (alone) {
        this.error.value = nameOf(alone);
        return null;
      }
    }
  }

  private opened(stream: MediaStream): MediaStream {
    this.error.value = "";
    return stream;
  }

  private adopt(stream: MediaStream): void {
    this.insist = true;
    this.watch?.stop();
    stopAll(this.stream.value);
    const track = stream.getVideoTracks()[0];
    const still = this.state.value === "muted"; // until a frame says otherwise
    this.stream.value = stream;
    navigator.mediaDevices.addEventListener("devicechange", this.lookAgain);
    if (still) {
      this.again(reopenAfter);
    } else {
      clearInterval(this.repeater);
      this.state.value = "live";
      this.report("camera_started", "");
    }
    this.report("device", track.label.slice(0, 200));
    this.watch = new CameraWatch(track, { ended: () => this.ended(), down: (detail) => this.down(detail), up: () => this.up() }, still);
  }

  private ended(): void {
    this.state.value = "lost";
    this.error.value = "";
    this.claim("track_ended", "");
    this.attempt = 0;
    this.again();
  }

  private down(detail: string): void {
    this.state.value = "muted";
    this.claim("track_muted", detail);
    this.again(reopenAfter);
  }

  private up(): void {
    clearTimeout(this.timer);
    clearInterval(this.repeater);
    this.attempt = 0;
    this.state.value = "live";
    this.report("track_unmuted", "");
  }

  /** Says that there is no picture, and says it again until there is one. */
  private claim(kind: ReportKind, detail: string): void {
    this.report(kind, detail);
    clearInterval(this.repeater);
    this.repeater = window.setInterval(() => this.report(kind, detail), repeatEvery);
  }

  /** Looks for the camera again: soon, then more and more seldom. */
  private again(wait = 0): void {
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => this.start(), wait + backoff(this.attempt++));
  }

  /** Something changed: perhaps the camera is back. */
  private lookAgain = (): void => {
    if (this.state.value === "lost" && this.insist) this.start();
  };

  private async askPermission(): Promise<void> {
    if (this.permission) return;
    try {
      const permission = await navigator.permissions.query({ name: "camera" as PermissionName });
      if (this.permission || this.state.value === "off") return;
      this.permission = permission;
      permission.addEventListener("change", this.lookAgain);
    } catch { /* a browser that does not tell: it is tried again anyway */ }
  }
}

/** A camera of the mode that is wanted, or else of any. */
async function anyVideo(): Promise<MediaStream> {
  try {
    return await navigator.mediaDevices.getUserMedia({ video });
  } catch (e) {
    if (nameOf(e) !== "OverconstrainedError") throw e;
    return navigator.mediaDevices.getUserMedia({ video: true });
  }
}

const nameOf = (e: unknown): string => (e instanceof Error && e.name ? e.name : "UnknownError");

function stopAll(stream: MediaStream | null): void {
  for (const track of stream?.getTracks() ?? []) track.stop();
}
