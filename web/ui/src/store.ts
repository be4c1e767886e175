// Everything the pages of the staff show, in one place.

import { batch, signal, type Signal } from "@preact/signals";
import { api, ApiError } from "./api";
import { apply } from "./facts";
import { forget } from "./links";
import { go } from "./route";
import { parseThumbnail, Socket, type Listener } from "./socket";
import type { Act, ClientReport, Dashboard, JournalEvent, Live, Me, ServerMessage } from "./types";

/** Who is signed in: undefined while that is not known, null if nobody. */
export const me = signal<Me | null | undefined>(undefined);

/** Whether the live connection stands; false shows a banner. */
export const connected = signal(true);

/** Server time minus this machine's, ms. */
export const clockOffset = signal(0);
export const serverNow = (): number => Date.now() + clockOffset.value;

export function setClock(now: string): void {
  clockOffset.value = Date.parse(now) - Date.now();
}

export async function findMe(): Promise<void> {
  try {
    me.value = await api.me();
  } catch (e) {
    if (!(e instanceof ApiError) || e.status !== 401) throw e;
    me.value = null;
  }
}

export async function signOut(): Promise<void> {
  await api.logout();
  forget();
  me.value = null;
  go("/login");
}

export const isExaminee = (m: Me): boolean => m.roles.includes("examinee");

/** One exam's wall, kept up to date by the WebSocket. */
export class Wall implements Listener {
  readonly dashboard = signal<Dashboard | null>(null);
  readonly error = signal("");
  /** The newest client reports of seats since the page was opened. */
  readonly reports = signal<Map<string, ClientReport[]>>(new Map());
  /** Grows with every fact about the selected seat that its review shows. */
  readonly changed = signal(0);
  selected = "";

  private readonly socket: Socket;
  private readonly lives = new Map<string, Signal<Live | null>>();
  private readonly pictures = new Map<string, Signal<string>>();
  private onScreen: string[] = [];
  private reloading = false;
  private reloadAgain = false;
  private readonly refresh: number;

  constructor(readonly exam: string) {
    this.socket = new Socket(this);
    this.refresh = window.setInterval(() => this.reload(), 60_000);
    this.reload();
  }

  close(): void {
    clearInterval(this.refresh);
    this.socket.close();
    connected.value = true;
    for (const p of this.pictures.values()) if (p.value) URL.revokeObjectURL(p.value);
  }

  live(seat: string): Signal<Live | null> {
    return entry(this.lives, seat, () => signal<Live | null>(null));
  }

  /** The address of a seat's newest thumbnail, "" before there is one. */
  picture(seat: string): Signal<string> {
    return entry(this.pictures, seat, () => signal(""));
  }

  /** Asks for the pictures of these seats, and of the selected one. */
  watch(seats: string[]): void {
    this.onScreen = seats;
    const thumbnails = [...new Set(this.selected ? [this.selected, ...seats] : seats)].slice(0, 64);
    this.socket.send({ type: "watch", exam: this.exam, thumbnails });
  }

  select(seat: string): void {
    this.selected = seat;
    this.watch(this.onScreen);
  }

  async reload(): Promise<void> {
    if (this.reloading) {
      this.reloadAgain = true;
      return;
    }
    this.reloading = true;
    do {
      this.reloadAgain = false;
      await this.load();
    } while (this.reloadAgain);
    this.reloading = false;
  }

  opened(): void {
    connected.value = true;
    this.watch(this.onScreen);
    this.reload();
  }

  closed(attempt: number): void {
    connected.value = false;
    if (attempt > 0) findMe().catch(() => undefined); // signed out meanwhile?
  }

  message(m: ServerMessage): void {
    if (m.type === "live") this.live(m.seat).value = m.live;
    if (m.type === "event") this.event({ ...m.event, name: m.name });
  }

  binary(data: ArrayBuffer): void {
    const thumbnail = parseThumbnail(data);
    if (!thumbnail) return;
    const picture = this.picture(thumbnail.seat);
    const old = picture.value;
    picture.value = URL.createObjectURL(new Blob([thumbnail.jpeg], { type: "image/jpeg" }));
    if (old) URL.revokeObjectURL(old);
  }

  private async load(): Promise<void> {
    try {
      const d = await api.dashboard(this.exam);
      batch(() => {
        setClock(d.now);
        this.error.value = "";
        for (const s of d.seats) if (s.live) this.live(s.id).value = s.live;
        this.dashboard.value = d;
      });
    } catch (e) {
      this.error.value = messageOf(e);
      if (e instanceof ApiError && e.status === 401) me.value = null;
    }
  }

  private event(e: JournalEvent): void {
    const d = this.dashboard.value;
    if (!d) return;
    if (e.type === "client.reported") this.reported(e.data.report as ClientReport & { seat: string });
    if (this.concerns(e, d)) this.changed.value++;
    const outcome = apply(d, e);
    this.dashboard.value = outcome.dashboard;
    if (outcome.reload) this.reload();
    if (outcome.act) this.fetchAct(outcome.act);
  }

  private concerns(e: JournalEvent, d: Dashboard): boolean {
    const data = e.data as Record<string, any>;
    const seat = data.seat ?? data.segment?.seat ?? data.incident?.seat ?? data.gap?.seat ?? data.report?.seat ??
      d.incidents?.find((i) => i.id === data.incident)?.seat;
    return seat === this.selected && e.type !== "evidence.viewed" && e.type !== "incident.peaked";
  }

  private reported(r: ClientReport & { seat: string }): void {
    const all = new Map(this.reports.value);
    all.set(r.seat, [...(all.get(r.seat) ?? []), r].slice(-20));
    this.reports.value = all;
  }

  private async fetchAct(id: string): Promise<void> {
    try {
      const act = await api.act(id);
      const d = this.dashboard.value;
      if (d) this.dashboard.value = { ...d, acts: upsert(d.acts ?? [], act) };
    } catch {
      this.reload();
    }
  }
}

export const upsert = (acts: Act[], act: Act): Act[] =>
  acts.some((a) => a.id === act.id) ? acts.map((a) => (a.id === act.id ? act : a)) : [act, ...acts];

export const messageOf = (e: unknown): string => (e instanceof Error ? e.message : String(e));

function entry<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let v = map.get(key);
  if (v === undefined) map.set(key, (v = make()));
  return v;
}
