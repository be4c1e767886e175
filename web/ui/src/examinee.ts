// The examinee's side: her seat, her camera, the way it is published, and what
// she has been told.

import { computed, effect, signal } from "@preact/signals";
import { api, ApiError } from "./api";
import { Capture } from "./capture";
import { Reporter } from "./reporter";
import { Socket, type Listener } from "./socket";
import { connected, messageOf, setClock } from "./store";
import { Publisher } from "./whip";
import { stages, type Cause, type MySeat, type ServerMessage, type Stage } from "./types";

/** How long a warning stays on the screen unless it is repeated, ms. */
const shown = 30_000;

export interface Notice { cause: Cause; at: number; kind: "warning" | "advice" }

export class Sitting implements Listener {
  readonly seat = signal<MySeat | null>(null);
  readonly error = signal("");
  readonly notice = signal<Notice | null>(null);
  readonly reporter = new Reporter((kind, detail) => api.report(kind, detail));
  readonly capture = new Capture(this.reporter.report);
  readonly publisher = signal<Publisher | null>(null);
  readonly publishing = computed(() => this.publisher.value?.model.value.phase ?? "idle");

  private readonly socket: Socket;
  private readonly stopEffect: () => void;
  private noticeTimer = 0;
  private left = false;

  constructor() {
    this.socket = new Socket(this);
    document.addEventListener("visibilitychange", this.visibility);
    window.addEventListener("pageshow", this.back);
    this.stopEffect = effect(() => this.publish());
    this.reload();
  }

  close(): void {
    this.left = true;
    this.socket.close();
    this.stopEffect();
    document.removeEventListener("visibilitychange", this.visibility);
    window.removeEventListener("pageshow", this.back);
    this.publisher.peek()?.stop();
    this.capture.stop();
    connected.value = true;
  }

  async reload(): Promise<void> {
    try {
      this.take(await api.mySeat());
      this.error.value = "";
    } catch (e) {
      this.error.value = messageOf(e);
    }
  }

  /** Takes over what the server says of the seat. */
  take(seat: MySeat): void {
    setClock(seat.now);
    this.seat.value = seat;
    if (seat.whip && needsCamera(seat.stage) && this.capture.state.peek() === "off" && !this.left) this.capture.start(true);
    if (seat.stage === "finished") this.capture.stop();
  }

  opened(): void {
    connected.value = true;
    this.reload();
  }

  closed(): void {
    connected.value = false;
  }

  binary(): void {}

  message(m: ServerMessage): void {
    switch (m.type) {
      case "seat": this.take(m.seat); break;
      case "warning": this.notify({ cause: m.cause, at: Date.parse(m.at), kind: "warning" }); break;
      case "advice": this.notify({ cause: m.cause, at: Date.now(), kind: "advice" }); break;
      case "message": this.reload(); break;
    }
  }

  dismissNotice(): void {
    clearTimeout(this.noticeTimer);
    this.notice.value = null;
  }

  private notify(n: Notice): void {
    if (n.kind === "advice" && this.notice.value?.kind === "warning") return;
    this.notice.value = n;
    clearTimeout(this.noticeTimer);
    this.noticeTimer = window.setTimeout(() => { this.notice.value = null; }, shown);
    if (n.kind === "warning") this.reload();
  }

  /** Keeps exactly one publisher while there is a camera and a place to send it to. */
  private publish(): void {
    const seat = this.seat.value;
    const stream = this.capture.stream.value;
    const current = this.publisher.peek();
    const whip = seat?.whip;
    if (!whip || seat.stage === "finished" || (!stream && !current)) {
      current?.stop();
      this.publisher.value = null;
    } else if (stream && current) {
      current.replace(stream);
    } else if (stream) {
      this.publisher.value = new Publisher(whip, stream);
    }
  }

  private visibility = (): void => {
    if (this.seat.value?.stage === "admitted") this.reporter.report(document.hidden ? "hidden" : "visible");
  };

  /** The page came back from the browser's own cache, its session ended. */
  private back = (e: PageTransitionEvent): void => {
    if (!e.persisted) return;
    this.publisher.value = null;
    this.publish();
    this.reload();
  };
}

const needsCamera = (stage: Stage): boolean =>
  stages.indexOf(stage) >= stages.indexOf("checked") && stage !== "finished";

/** Signs in with a link's token, or goes on with the session there is. */
export async function enter(token: string): Promise<void> {
  if (token) await api.examineeLogin(token);
  else await api.me();
}

export const isSignedOut = (e: unknown): boolean => e instanceof ApiError && e.status === 401;
