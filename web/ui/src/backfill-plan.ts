// What of the page's own recording is worth sending, and what is worth
// keeping. Times are ms of the server's clock. Nothing here touches a browser.

/** A stretch of time, as proctor.Span. */
export interface Span { from: number; to: number }

/** A whole WebM file of the examinee's camera, short. */
export interface Piece extends Span {
  id: string;
  seat: string;
  size: number;
  type: string;
  /** Where its upload goes on, "" before it began. */
  location: string;
  /** What was added to the page's clock, ms. */
  offset: number;
}

/** Pieces that would add less than this are not sent, ms. */
export const worth = 250;

/** How much of a piece is wanted, ms. */
export const useful = (p: Span, wanted: Span[]): number =>
  wanted.reduce((sum, w) => sum + Math.max(0, Math.min(p.to, w.to) - Math.max(p.from, w.from)), 0);

/** Pieces of which so little is wanted come first, ms. */
const little = 2000;

/** The pieces that are wanted, oldest first; but before them those that only
 * fill an edge: the server wants nothing shorter than a second, so an edge that
 * came last would be left over. */
export function chosen<P extends Span>(pieces: P[], wanted: Span[]): P[] {
  const edge = (p: P): number => (useful(p, wanted) < little ? 0 : 1);
  return pieces.filter((p) => useful(p, wanted) >= worth).sort((a, b) => edge(a) - edge(b) || a.from - b.from);
}

/** How much of what is wanted the pieces have together, ms. */
export function covered(pieces: Span[], wanted: Span[]): number {
  let sum = 0;
  let end = -Infinity;
  for (const p of [...pieces].sort((a, b) => a.from - b.from)) {
    sum += useful({ from: Math.max(p.from, end), to: p.to }, wanted);
    end = Math.max(end, p.to);
  }
  return sum;
}

export interface Bounds { bytes: number; ms: number }

/** The oldest pieces that must go so that the rest keeps within the bounds. */
export function excess<P extends Piece>(pieces: P[], bounds: Bounds): P[] {
  const byAge = [...pieces].sort((a, b) => a.from - b.from);
  let bytes = byAge.reduce((n, p) => n + p.size, 0);
  const last = Math.max(...byAge.map((p) => p.to));
  return byAge.filter((p) => {
    const over = bytes > bounds.bytes || last - p.from > bounds.ms;
    if (over) bytes -= p.size;
    return over;
  });
}

/** What a computer may lend: half of what is free, within limits. */
export const bounds = (free: number | undefined): Bounds =>
  ({ bytes: Math.min(200e6, (free ?? 200e6) / 2), ms: 30 * 60_000 });

/** Maps the page's clock to the server's: of a few round trips the shortest
 * is the best. Old ones count less and less, since clocks drift. */
export class ServerClock {
  private offset = 0;
  private quality = Infinity;
  private at = 0;

  /** Takes a round trip: the page's clock before and after, the server's between. */
  take(before: number, server: number, after: number): void {
    const trip = after - before;
    const aged = this.quality + (before - this.at) / 1000; // 1 ms worse a second
    if (trip > aged) return;
    this.quality = trip;
    this.at = after;
    this.offset = server - (before + after) / 2;
  }

  get known(): boolean {
    return this.quality < Infinity;
  }

  server(page: number): number {
    return page + this.offset;
  }
}
