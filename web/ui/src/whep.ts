// A proctor's live view of one seat: WHEP, authorised by her own session.

import { signal } from "@preact/signals";
import { backoff } from "./backoff";
import { media } from "./api";
import { exchange, release, type Resource } from "./rtc";

export class Viewer {
  readonly state = signal<"connecting" | "playing" | "waiting">("connecting");
  readonly stream = new MediaStream();

  private pc: RTCPeerConnection | null = null;
  private resource: Resource | null = null;
  private timer = 0;
  private attempt = 0;
  private stopped = false;

  constructor(private readonly seat: string) {
    window.addEventListener("pagehide", this.stop);
    this.connect();
  }

  stop = (): void => {
    this.stopped = true;
    window.removeEventListener("pagehide", this.stop);
    this.teardown();
  };

  private async connect(): Promise<void> {
    const pc = new RTCPeerConnection({ bundlePolicy: "max-bundle" });
    this.pc = pc;
    this.state.value = "connecting";
    pc.addTransceiver("video", { direction: "recvonly" });
    pc.addTransceiver("audio", { direction: "recvonly" });
    pc.ontrack = (e) => this.take(e.track);
    pc.onconnectionstatechange = () => {
      if (this.pc !== pc) return;
      if (pc.connectionState === "connected") this.playing();
      if (pc.connectionState === "failed") this.retry();
    };
    try {
      const resource = await exchange(pc, media.whep(this.seat), {});
      if (this.pc !== pc) return release(resource);
      this.resource = resource;
    } catch {
      if (this.pc === pc) this.retry();
    }
  }

  private take(track: MediaStreamTrack): void {
    for (const old of this.stream.getTracks().filter((t) => t.kind === track.kind)) this.stream.removeTrack(old);
    this.stream.addTrack(track);
  }

  private playing(): void {
    this.attempt = 0;
    this.state.value = "playing";
  }

  private retry(): void {
    this.teardown();
    if (this.stopped) return;
    this.state.value = "waiting";
    this.timer = window.setTimeout(() => this.connect(), backoff(this.attempt++));
  }

  private teardown(): void {
    clearTimeout(this.timer);
    const { pc, resource } = this;
    this.pc = this.resource = null;
    pc?.close();
    if (resource) release(resource);
  }
}
