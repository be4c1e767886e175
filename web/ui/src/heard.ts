// What a sender's statistics say of the way to the server: whether it is still
// heard, and whether it is starved.

/** Without a receiver report for so long the server is not heard, ms. It sends
 * two a second: two of them may be lost. */
export const quietTime = 1600;

/** What one look at the statistics found. */
export interface Look {
  /** Changes with every receiver report; 0 while the browser tells of none. */
  reports: number;
  /** The part of the packets that did not arrive, 0…1. */
  lost: number;
  /** The encoder gets less than it asks for. */
  limited: boolean;
}

export function look(stats: Iterable<any>): Look {
  const found: Look = { reports: 0, lost: 0, limited: false };
  for (const s of stats) {
    if (s.type === "remote-inbound-rtp") {
      found.reports = Math.max(found.reports, s.timestamp ?? 0);
      if (s.kind === "video") found.lost = s.fractionLost ?? 0;
    }
    if (s.type === "outbound-rtp" && s.kind === "video") found.limited = s.qualityLimitationReason === "bandwidth";
  }
  return found;
}

/** Follows a connection from one look to the next. */
export class Hearing {
  private reports = 0;
  private at = 0;
  private last: Look = { reports: 0, lost: 0, limited: false };

  /** Takes a look at time now, ms; says what changed. */
  take(l: Look, now: number): "heard" | "quiet" | "same" {
    this.last = l;
    if (l.reports !== this.reports) {
      this.reports = l.reports;
      this.at = now;
      return "heard";
    }
    return this.reports > 0 && now - this.at >= quietTime ? "quiet" : "same";
  }

  /** The connection stands again: reports have until now to come. */
  pardon(now: number): void {
    this.at = now;
  }

  /** Whether live video has not all the network that it needs. */
  get starved(): boolean {
    return this.last.limited || this.last.lost > 0.05;
  }
}
