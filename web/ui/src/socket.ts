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

export class Socket {
  private socket: WebSocket | null = null;
  private timer = 0;
  private attempt = 0;
  private stopped = false;

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
    this.socket?.close(1000);
  }

  private open(): void {
    const socket = new WebSocket(new URL("/api/v1/ws", location.href.replace(/^http/, "ws")));
    socket.binaryType = "arraybuffer";
    socket.onopen = () => {
      this.attempt = 0;
      this.listener.opened();
    };
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
