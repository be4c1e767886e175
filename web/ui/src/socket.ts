// The one WebSocket of a page. It opens itself again, forever, with backoff.

import { backoff } from "./backoff";
import type { ServerMessage } from "./types";

export interface Listener {
  opened(): void;
  message(m: ServerMessage): void;
  binary(data: ArrayBuffer): void;
  /** Called before each wait; attempt counts from 0. */
  closed(attempt: number): void;
}

/** How long a connection that is tried out may take to open, ms: long enough for TCP to knock
 * three times. A browser that saw many fail delays the next by up to 5 s. */
const trialTime = 3200;
const lateTrialTime = 6500;
const early = 15;

export class Socket {
  private socket: WebSocket | null = null;
  private trial: WebSocket | null = null;
  private timer = 0;
  private doubtTimer = 0;
  private attempt = 0;
  private stopped = false;
  private worked = false;

  constructor(private readonly listener: Listener) {
    window.addEventListener("online", this.hurry);
    this.open();
  }

  send(message: unknown): void {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
  }

  close(): void {
    this.stopped = true;
    window.removeEventListener("online", this.hurry);
    clearTimeout(this.timer);
    clearTimeout(this.doubtTimer);
    this.drop(this.trial);
    this.socket?.close(1000);
  }

  /** Finds out whether the server can be reached: tries new connections until
   * one opens, which then takes the place of the old. A browser sends a new
   * WebSocket's packets at once, where a request would wait for connections
   * that TCP hardly tries any more. Returns false where no
   * WebSocket ever opened, so that nothing can be found out. */
  doubt(): boolean {
    if (!this.stopped && !this.trial && this.worked) this.try(0);
    return this.worked;
  }

  private try(failed: number): void {
    const trial = connect();
    this.trial = trial;
    trial.onopen = () => {
      clearTimeout(this.doubtTimer);
      clearTimeout(this.timer);
      this.trial = null;
      this.drop(this.socket);
      this.adopt(trial);
      this.attempt = 0;
      this.listener.opened();
    };
    this.doubtTimer = window.setTimeout(() => {
      this.drop(trial);
      this.try(failed + 1);
    }, failed < early ? trialTime : lateTrialTime);
  }

  private drop(socket: WebSocket | null): void {
    if (!socket) return;
    socket.onopen = socket.onclose = socket.onmessage = null;
    socket.close();
  }

  private open(): void {
    const socket = connect();
    socket.onopen = () => {
      this.attempt = 0;
      this.worked = true;
      this.listener.opened();
    };
    this.adopt(socket);
  }

  private adopt(socket: WebSocket): void {
    socket.onmessage = (e) => {
      if (typeof e.data === "string") this.listener.message(JSON.parse(e.data));
      else this.listener.binary(e.data);
    };
    socket.onclose = () => {
      if (this.stopped || this.socket !== socket) return;
      this.socket = null;
      this.listener.closed(this.attempt);
      this.timer = window.setTimeout(() => this.open(), backoff(this.attempt++));
    };
    this.socket = socket;
  }

  private hurry = (): void => {
    if (this.socket || this.stopped) return;
    clearTimeout(this.timer);
    this.open();
  };
}

function connect(): WebSocket {
  const socket = new WebSocket(new URL("/api/v1/ws", location.href.replace(/^http/, "ws")));
  socket.binaryType = "arraybuffer";
  return socket;
}

export interface Thumbnail { seat: string; at: number; jpeg: Uint8Array<ArrayBuffer> }

/** Reads a binary message: length of the seat's ID, the ID, ms of the frame, JPEG. */
export function parseThumbnail(data: ArrayBuffer): Thumbnail | null {
  const bytes = new Uint8Array(data);
  const n = bytes[0] ?? 0;
  if (n === 0 || bytes.length <= 1 + n + 8) return null;
  const at = new DataView(data).getBigUint64(1 + n);
  return {
    seat: new TextDecoder().decode(bytes.subarray(1, 1 + n)),
    at: Number(at),
    jpeg: bytes.subarray(1 + n + 8),
  };
}
