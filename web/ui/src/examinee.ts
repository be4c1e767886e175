// The examinee's side: her seat, her camera, the way it is published, and what
// she has been told.

import { computed, effect, signal, untracked } from "@preact/signals";
import { api, ApiError } from "./api";
import { Backfill } from "./backfill";
import { Capture } from "./capture";
import { isBroken } from "./publish";
import { Reporter } from "./reporter";
import { Socket, type Listener } from "./socket";
import { connected, messageOf, setClock } from "./store";
import { Publisher } from "./whip";
import { stages, type Cause, type MySeat, type ServerMessage, type Stage } from "./types";

/** How often the seat is asked for: its relay's credentials serve an hour. */
const refreshEvery = 20 * 60_000;

/** How long to wait where nothing tells whether the server can be reached, ms. */
const blindWait = 3000;

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

  /** What this page records itself; null before she is admitted. */
  readonly backfill = signal<Backfill | null>(null);

  private readonly socket: Socket;
  private readonly stopEffects: (() => void)[];
  private wasUp = false;
  private readonly refresh: number;
  private noticeTimer = 0;
  private left = false;

  constructor() {
    this.socket = new Socket(this);
    document.addEventListener("visibilitychange", this.visibility);
    window.addEventListener("pageshow", this.back);
    this.stopEffects = [effect(() => this.publish()), effect(() => this.keep())];
    this.refresh = window.setInterval(() => this.reload(), refreshEvery);
    this.reload();
  }

  close(): void {
    this.left = true;
    clearInterval(this.refresh);
    this.socket.close();
    for (const stop of this.stopEffects) stop();
    document.removeEventListener("visibilitychange", this.visibility);
    window.removeEventListener("pageshow", this.back);
    this.publisher.peek()?.stop();
    this.backfill.peek()?.close();
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
    if (seat.stage === "finished") this.finished(seat);
  }

  opened(): void {
    connected.value = true;
    this.publisher.peek()?.reachable();
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
      current.target = whip; // its relay's credentials are new
      current.replace(stream);
    } else if (stream) {
      this.publisher.value = new Publisher(whip, stream, this.doubt);
    }
  }

  private doubt = (): void => {
    if (!this.socket.doubt()) setTimeout(() => this.publisher.peek()?.reachable(), blindWait);
  };

  /** Has the page record by itself while she is in the exam, and tells it
   * whether the server has what is sent. */
  private keep(): void {
    const seat = this.seat.value;
    const stream = this.capture.stream.value;
    const model = this.publisher.value?.model.value;
    if (seat?.stage === "admitted") this.backfilling(seat);
    if (model?.phase === "up") this.wasUp = true;
    const broken = model ? isBroken(model.phase) && (this.wasUp || model.attempt > 0) : false;
    const trouble = broken || !connected.value;
    const backfill = this.backfill.peek();
    untracked(() => {
      backfill?.record(stream);
      backfill?.trouble(trouble);
    });
  }

  private backfilling(seat: MySeat): Backfill | null {
    if (seat.backfill && !this.backfill.peek() && !this.left)
      this.backfill.value = new Backfill(seat.id, seat.backfill, () => this.publisher.peek()?.starved ?? false);
    return this.backfill.peek();
  }

  /** The end; the page may be new, and still have something to send. */
  private finished(seat: MySeat): void {
    this.backfilling(seat)?.finish();
    this.capture.stop();
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
