// The examinee's camera on its way to the server: WHIP (RFC 9725).

import { signal } from "@preact/signals";
import { Hearing, look } from "./heard";
import { initial, isBroken, step, type Command, type Input, type Model } from "./publish";
import { exchange, prefer, Refused, release, restartIce, type Resource } from "./rtc";
import type { WhipInfo } from "./types";
import { learn, pathOf, untried, type Path, type Ways } from "./ways";

const maxBitrate = 500_000;

/** How often the statistics are looked at, ms. */
const lookEvery = 500;

export class Publisher {
  readonly model = signal<Model>(initial);
  readonly path = signal<Path>("none");
  /** Which ways the network leaves open, as far as they were tried. */
  readonly ways = signal<Ways>(untried);

  private pc: RTCPeerConnection | null = null;
  private resource: Resource | null = null;
  private hearing = new Hearing();
  private timer = 0;
  private readonly looker: number;

  /** doubt is called when somebody should find out whether the server can be
   * reached, and say so with reachable. */
  constructor(public target: WhipInfo, private stream: MediaStream, private readonly doubt: () => void) {
    window.addEventListener("online", this.online);
    window.addEventListener("pagehide", this.stop);
    connection()?.addEventListener("change", this.moved);
    this.looker = window.setInterval(() => this.look(), lookEvery);
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

  /** Somebody has reached the server. */
  reachable(): void {
    this.feed("reachable");
  }

  /** Whether live video has not all the network that it needs. */
  get starved(): boolean {
    return this.model.peek().phase !== "up" || this.hearing.starved;
  }

  stop = (): void => {
    window.removeEventListener("online", this.online);
    window.removeEventListener("pagehide", this.stop);
    connection()?.removeEventListener("change", this.moved);
    clearInterval(this.looker);
    this.feed("stop");
  };

  private online = (): void => {
    this.ways.value = untried; // perhaps another network
    this.feed("online");
  };

  /** Another network: its kind changed, not only its speed. */
  private kind = connection()?.type;
  private moved = (): void => {
    if (this.kind === connection()?.type) return;
    this.kind = connection()?.type;
    this.online();
  };

  private feed(input: Input): void {
    const [model, commands] = step(this.model.value, input);
    this.model.value = model;
    for (const c of commands) this.run(c);
  }

  private run(c: Command): void {
    switch (c.do) {
      case "negotiate": this.negotiate(); break;
      case "restart": this.restart(); break;
      case "teardown": this.teardown(c.tell); break;
      case "doubt": this.doubt(); break;
      case "timer":
        clearTimeout(this.timer);
        this.timer = window.setTimeout(() => this.feed("timer"), c.ms);
        break;
      case "calm": clearTimeout(this.timer); break;
    }
  }

  private get configuration(): RTCConfiguration {
    return { iceServers: this.target.ice_servers ?? [], bundlePolicy: "max-bundle" };
  }

  private async negotiate(): Promise<void> {
    const pc = new RTCPeerConnection(this.configuration);
    this.pc = pc;
    this.hearing = new Hearing();
    pc.onconnectionstatechange = () => this.pc === pc && this.stateOf(pc);
    try {
      for (const track of this.stream.getTracks()) this.add(pc, track);
      const resource = await exchange(pc, this.target.url, { Authorization: `Bearer ${this.target.token}` });
      if (this.pc !== pc) return release(resource);
      this.resource = resource;
      this.feed("answered");
      this.stateOf(pc);
    } catch (e) {
      if (this.pc === pc) this.feed(e instanceof Refused ? "refused" : "unreachable");
    }
  }

  private async restart(): Promise<void> {
    const { pc, resource } = this;
    if (!pc || !resource) return;
    try {
      pc.setConfiguration(this.configuration);
      await restartIce(pc, resource);
      if (this.pc === pc) this.feed("answered");
    } catch (e) {
      if (this.pc === pc) this.feed(e instanceof TypeError || nameOf(e) === "AbortError" ? "unreachable" : "refused");
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
        this.hearing.pardon(performance.now());
        this.feed("connected");
        this.look();
        break;
      case "disconnected": this.feed("disconnected"); break;
      case "failed": this.feed("failed"); break;
    }
  }

  /** A dead network shows in the reports before ICE gives it up. */
  private async look(): Promise<void> {
    const { pc } = this;
    if (!pc || !this.resource) return;
    const stats = await pc.getStats();
    if (this.pc !== pc) return;
    const ways = learn(this.ways.peek(), stats);
    if (JSON.stringify(ways) !== JSON.stringify(this.ways.peek())) this.ways.value = ways;
    if (pc.connectionState !== "connected") return;
    this.path.value = pathOf(stats);
    switch (this.hearing.take(look(stats.values()), performance.now())) {
      case "quiet": this.feed("disconnected"); break;
      case "heard": if (isBroken(this.model.value.phase)) this.stateOf(pc); break;
    }
  }

  private teardown(tell: boolean): void {
    const { pc, resource } = this;
    this.pc = this.resource = null;
    this.path.value = "none";
    pc?.close();
    if (resource && tell) release(resource);
  }
}

const nameOf = (e: unknown): string => (e instanceof Error ? e.name : "");

interface NetworkInformation extends EventTarget { type?: string }
const connection = (): NetworkInformation | undefined => (navigator as { connection?: NetworkInformation }).connection;
