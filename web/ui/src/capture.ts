// The examinee's camera and microphone: opened, watched, and opened again when
// they go away. What happens to them is reported, in the browser's own words.

import { signal } from "@preact/signals";
import type { ReportKind } from "./types";

export type CameraState = "off" | "starting" | "live" | "muted" | "lost";

/** How soon a camera that went away is looked for again. */
const retryTime = 3000;

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

  constructor(private readonly report: (kind: ReportKind, detail: string) => void) {}

  /** Opens the camera; with insist, or once it was open, tries until it is. */
  async start(insist = false): Promise<void> {
    this.insist ||= insist;
    const run = ++this.run;
    clearTimeout(this.timer);
    if (this.state.value !== "lost") this.state.value = "starting";
    const before = this.error.value;
    const stream = await this.open();
    if (run !== this.run) return stopAll(stream);
    if (!stream) {
      this.state.value = "lost";
      if (this.error.value !== before) this.report("camera_error", this.error.value);
      if (this.insist) this.again();
      return;
    }
    this.adopt(stream);
  }

  stop(): void {
    this.run++;
    clearTimeout(this.timer);
    navigator.mediaDevices?.removeEventListener("devicechange", this.deviceChange);
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
        const stream = await navigator.mediaDevices.getUserMedia({ video });
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
    stopAll(this.stream.value);
    const track = stream.getVideoTracks()[0];
    track.onended = () => this.stream.value === stream && this.ended();
    track.onmute = () => this.stream.value === stream && this.muted(true);
    track.onunmute = () => this.stream.value === stream && this.muted(false);
    this.stream.value = stream;
    this.state.value = track.muted ? "muted" : "live";
    navigator.mediaDevices.removeEventListener("devicechange", this.deviceChange);
    navigator.mediaDevices.addEventListener("devicechange", this.deviceChange);
    this.report("camera_started", "");
    this.report("device", track.label.slice(0, 200));
  }

  private ended(): void {
    this.report("track_ended", "");
    this.state.value = "lost";
    this.again();
  }

  private again(): void {
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => this.start(), retryTime);
  }

  private muted(yes: boolean): void {
    this.report(yes ? "track_muted" : "track_unmuted", "");
    this.state.value = yes ? "muted" : "live";
  }

  private deviceChange = (): void => {
    if (this.state.value === "lost") this.start();
  };
}

const nameOf = (e: unknown): string => (e instanceof Error && e.name ? e.name : "UnknownError");

function stopAll(stream: MediaStream | null): void {
  for (const track of stream?.getTracks() ?? []) {
    track.onended = track.onmute = track.onunmute = null;
    track.stop();
  }
}
