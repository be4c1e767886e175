// The examinee's camera on its way to the server: WHIP (RFC 9725).

import { signal } from "@preact/signals";
import { initial, step, type Command, type Input, type Model } from "./publish";
import { exchange, path, prefer, release, type Path, type Resource } from "./rtc";
import type { WhipInfo } from "./types";

const maxBitrate = 500_000;

export class Publisher {
  readonly model = signal<Model>(initial);
  readonly path = signal<Path>("none");

  private pc: RTCPeerConnection | null = null;
  private resource: Resource | null = null;
  private timer = 0;

  constructor(private readonly target: WhipInfo, private stream: MediaStream) {
    window.addEventListener("online", this.online);
    window.addEventListener("pagehide", this.stop);
    this.feed("start");
  }

  /** Goes on with another camera, without a new session where possible. */
  replace(stream: MediaStream): void {
    this.stream = stream;
    for (const sender of this.pc?.getTransceivers().map((t) => t.sender) ?? []) {
      const kind = sender.track?.kind;
      const track = stream.getTracks().find((t) => t.kind === kind);
      if (track && track !== sender.track) sender.replaceTrack(track).catch(() => this.feed("failed"));
    }
  }

  stop = (): void => {
    window.removeEventListener("online", this.online);
    window.removeEventListener("pagehide", this.stop);
    this.feed("stop");
  };

  private online = (): void => this.feed("online");

  private feed(input: Input): void {
    const [model, commands] = step(this.model.value, input);
    this.model.value = model;
    for (const c of commands) this.run(c);
  }

  private run(c: Command): void {
    clearTimeout(this.timer);
    switch (c.do) {
      case "negotiate": this.negotiate(); break;
      case "teardown": this.teardown(); break;
      case "timer": this.timer = window.setTimeout(() => this.feed("timer"), c.ms); break;
      case "calm": break;
    }
  }

  private async negotiate(): Promise<void> {
    const pc = new RTCPeerConnection({ iceServers: this.target.ice_servers ?? [], bundlePolicy: "max-bundle" });
    this.pc = pc;
    pc.onconnectionstatechange = () => this.pc === pc && this.stateOf(pc);
    try {
      for (const track of this.stream.getTracks()) this.add(pc, track);
      const resource = await exchange(pc, this.target.url, { Authorization: `Bearer ${this.target.token}` });
      if (this.pc !== pc) return release(resource);
      this.resource = resource;
      this.feed("answered");
      this.stateOf(pc);
    } catch {
      if (this.pc === pc) this.feed("refused");
    }
  }

  private add(pc: RTCPeerConnection, track: MediaStreamTrack): void {
    const video = track.kind === "video";
    const transceiver = pc.addTransceiver(track, {
      direction: "sendonly",
      streams: [this.stream],
      sendEncodings: video ? [{ maxBitrate }] : undefined,
    });
    if (video) prefer(transceiver, "video/VP8");
  }

  private stateOf(pc: RTCPeerConnection): void {
    switch (pc.connectionState) {
      case "connected":
        this.feed("connected");
        path(pc).then((p) => { this.path.value = p; }, () => undefined);
        break;
      case "disconnected": this.feed("disconnected"); break;
      case "failed": this.feed("failed"); break;
    }
  }

  private teardown(): void {
    const { pc, resource } = this;
    this.pc = this.resource = null;
    this.path.value = "none";
    pc?.close();
    if (resource) release(resource);
  }
}
