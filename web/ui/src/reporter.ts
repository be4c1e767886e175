// Client reports on their way to the server: in order, at most four a second,
// kept while the network is away.

import type { ReportKind } from "./types";

const spacing = 250;
const kept = 50;

export class Reporter {
  private queue: { kind: ReportKind; detail: string }[] = [];
  private busy = false;

  constructor(private readonly post: (kind: ReportKind, detail: string) => Promise<void>) {}

  report = (kind: ReportKind, detail = ""): void => {
    const last = this.queue.at(-1);
    if (last?.kind === kind && last.detail === detail) return;
    this.queue.push({ kind, detail });
    if (this.queue.length > kept) this.queue.shift();
    this.drain();
  };

  private async drain(): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    while (this.queue.length > 0) {
      const next = this.queue[0];
      const again = await this.post(next.kind, next.detail).then(() => false, temporary);
      if (!again && this.queue[0] === next) this.queue.shift();
      await new Promise((r) => setTimeout(r, again ? 2000 : spacing));
    }
    this.busy = false;
  }
}

/** Whether a report is worth sending again: the server was away or busy. */
function temporary(e: unknown): boolean {
  const status = (e as { status?: number }).status;
  return status === 0 || status === 429 || status === 503;
}
