// When to negotiate, when to wait and when to try again: the publisher's state
// machine, without a network or a clock of its own.

import { backoff } from "./backoff";

export type Phase = "idle" | "negotiating" | "connecting" | "up" | "shaky" | "waiting" | "closed";

export interface Model { phase: Phase; attempt: number }

export type Input =
  | "start"
  | "answered" // the server took the offer
  | "refused" // it did not, or could not be reached
  | "connected"
  | "disconnected"
  | "failed"
  | "timer"
  | "online" // the browser says that the network is back
  | "stop";

export type Command =
  | { do: "negotiate" }
  | { do: "teardown" }
  | { do: "timer"; ms: number }
  | { do: "calm" }; // stop the timer

/** How long a connection may be disconnected before it is given up. */
export const patience = 3000;
/** How long an answered session may take to connect. */
export const joinTime = 10_000;

export const initial: Model = { phase: "idle", attempt: 0 };

export function step(m: Model, input: Input, random?: number): [Model, Command[]] {
  if (m.phase === "closed") return [m, []];
  if (input === "stop") return [{ phase: "closed", attempt: 0 }, [{ do: "calm" }, { do: "teardown" }]];
  switch (m.phase) {
    case "idle":
      return input === "start" ? negotiate(m) : [m, []];
    case "negotiating":
      if (input === "answered") return [{ ...m, phase: "connecting" }, [{ do: "timer", ms: joinTime }]];
      return input === "refused" ? retry(m, random) : [m, []];
    case "connecting":
      if (input === "connected") return up();
      return input === "failed" || input === "timer" ? retry(m, random) : [m, []];
    case "up":
      if (input === "disconnected") return [{ ...m, phase: "shaky" }, [{ do: "timer", ms: patience }]];
      return input === "failed" ? retry(m, random) : [m, []];
    case "shaky":
      if (input === "connected") return up();
      return input === "failed" || input === "timer" ? retry(m, random) : [m, []];
    case "waiting":
      return input === "timer" || input === "online" ? negotiate(m) : [m, []];
  }
}

const up = (): [Model, Command[]] => [{ phase: "up", attempt: 0 }, [{ do: "calm" }]];

const negotiate = (m: Model): [Model, Command[]] =>
  [{ ...m, phase: "negotiating" }, [{ do: "calm" }, { do: "negotiate" }]];

const retry = (m: Model, random?: number): [Model, Command[]] =>
  [{ phase: "waiting", attempt: m.attempt + 1 }, [{ do: "teardown" }, { do: "timer", ms: backoff(m.attempt, random) }]];
