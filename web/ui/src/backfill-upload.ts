// Sending what the server lacks: resumable, hashed, one piece at a time
// (docs/PROTOCOL.md, Backfill).

import { backoff } from "./backoff";
import type { Piece, ServerClock, Span } from "./backfill-plan";
import { fetchSoon } from "./rtc";
import type { BackfillAccess, Wanted as Told } from "./types";

/** Bytes of one PATCH. */
const chunk = 256 << 10;
/** How long one request may take, ms: a chunk at 70 kbit/s. */
const patience = 30_000;
/** How long a starved live video is waited for before the next chunk, ms. */
const longestWait = 10_000;

export interface Wanted { wanted: Span[]; until: number; maxBytes: number }

/** The server will not have it, now or ever. */
export class Unwanted extends Error {
  /** known: because it has that time already. */
  constructor(message: string, readonly known = false) {
    super(message);
  }
}

/** No more may be sent: the token or the time is over. */
export class Over extends Error {}

export class Uploader {
  constructor(
    private readonly access: BackfillAccess, private readonly clock: ServerClock,
    private readonly starved: () => boolean, private readonly ended: () => boolean,
  ) {}

  /** Asks what is missing; the answer also sets the clock. */
  async ask(): Promise<Wanted> {
    for (let attempt = 0; ; attempt++) {
      const before = Date.now();
      const r = await this.request("GET", this.url, {}, undefined, attempt);
      if (!r) continue;
      const after = Date.now();
      if (!r.ok) throw new Over(`wanted: ${r.status}`);
      const a: Told = await r.json();
      this.clock.take(before, Date.parse(a.now), after);
      const wanted = a.wanted.map((w) => ({ from: Date.parse(w.from), to: Date.parse(w.to) }));
      return { wanted, until: a.grace_until ? Date.parse(a.grace_until) : Infinity, maxBytes: a.max_bytes };
    }
  }

  /** Sends a piece, from where an earlier attempt stopped. located is told
   * where that is, sent how far it came. */
  async send(p: Piece, data: Uint8Array<ArrayBuffer>, located: (url: string) => void, sent: (bytes: number) => void): Promise<void> {
    let offset = p.location ? await this.offset(p.location) : -1;
    let url = p.location;
    if (offset < 0) [url, offset] = await this.create(p, data);
    located(url);
    for (let attempt = 0; offset < data.length;) {
      await this.turn();
      const r = await this.request("PATCH", url, {
        "Upload-Offset": String(offset), "Content-Type": "application/offset+octet-stream",
      }, data.subarray(offset, offset + chunk), attempt);
      if (!r) { // nobody knows how much of it arrived
        attempt++;
        offset = await this.offset(url);
        if (offset < 0) throw new Unwanted("gone");
        continue;
      }
      attempt = 0;
      if (r.ok) offset = offsetOf(r) ?? Math.min(offset + chunk, data.length);
      else if (r.status === 409 && offsetOf(r) !== undefined && offsetOf(r) !== offset) offset = offsetOf(r)!;
      else throw new Unwanted(`append: ${r.status}`, r.status === 409);
      sent(offset);
    }
  }

  private get url(): string {
    return new URL(this.access.url, location.href).href;
  }

  private async create(p: Piece, data: Uint8Array<ArrayBuffer>): Promise<[string, number]> {
    const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", data));
    const body = JSON.stringify({
      from: new Date(p.from).toISOString(), to: new Date(p.to).toISOString(), size: data.length,
      sha256: [...hash].map((b) => b.toString(16).padStart(2, "0")).join(""), type: p.type,
      clock_offset_ms: Math.round(p.offset),
    });
    for (let attempt = 0; ; attempt++) {
      const r = await this.request("POST", this.url, { "Content-Type": "application/json" }, body, attempt);
      if (!r) continue;
      if (!r.ok) throw new Unwanted(`begin: ${r.status}`, r.status === 409);
      return [new URL(r.headers.get("Location") ?? "", this.url).href, offsetOf(r) ?? 0];
    }
  }

  /** How much of a piece the server has; -1 when it knows of none. */
  private async offset(url: string): Promise<number> {
    for (let attempt = 0; ; attempt++) {
      const r = await this.request("HEAD", url, {}, undefined, attempt);
      if (r) return r.ok ? offsetOf(r) ?? 0 : -1;
    }
  }

  /** One request; null when it should be made again, after the wait is over. */
  private async request(method: string, url: string, headers: Record<string, string>, body: BodyInit | undefined, attempt: number): Promise<Response | null> {
    if (this.ended()) throw new Over("ended");
    const r = await fetchSoon(url, {
      method, body, headers: { Authorization: `Bearer ${this.access.token}`, ...headers }, cache: "no-store",
    }, patience).catch(() => null);
    if (r && (r.status === 401 || r.status === 403)) throw new Over(String(r.status));
    if (r && r.status < 500 && r.status !== 429) return r;
    await pause(backoff(attempt));
    return null;
  }

  /** Live video goes first: waits while it is starved, though not forever. */
  private async turn(): Promise<void> {
    await pause(150);
    for (let waited = 0; this.starved() && waited < longestWait; waited += 500) await pause(500);
  }
}

function offsetOf(r: Response): number | undefined {
  const v = r.headers.get("Upload-Offset");
  return v === null || !/^\d+$/.test(v) ? undefined : Number(v);
}

export const pause = (ms: number): Promise<void> => new Promise((r) => setTimeout(r, ms));
