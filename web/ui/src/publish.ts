// When to negotiate, when to wait and when to try again: the publisher's state
// machine, without a network or a clock of its own.
//
// A connection that goes quiet is not given up: as long as the server keeps
// the session, ICE finds its way back by itself within a second of the
// network's return, without any HTTP. Requests wait until somebody has seen
// that the server can be reached ("reachable"): one that is sent into a dead
// network makes TCP double its silence, and comes out of it seconds late.

import { backoff } from "./backoff";

export type Phase =
  | "idle" | "negotiating" | "connecting" | "up"
  | "shaky" // nothing is heard of the server
  | "healing" // it can be reached: ICE has a moment to find back by itself
  | "restarting" // ICE restart asked for
  | "away" // no session, and the server cannot be reached
  | "waiting" // no session, and the server did not want one now
  | "closed";

export interface Model { phase: Phase; attempt: number }

export type Input =
  | "start"
  | "answered" // the server took the offer, or the restart
  | "refused" // it did not
  | "unreachable" // no answer came
  | "connected"
  | "disconnected"
  | "failed"
  | "timer"
  | "reachable" // something else reached the server
  | "online" // the browser says that the network is back, or another one
  | "stop";

export type Command =
  | { do: "negotiate" }
  | { do: "restart" }
  | { do: "teardown"; tell: boolean } // tell: with a DELETE
  | { do: "doubt" } // find out whether the server can be reached
  | { do: "timer"; ms: number }
  | { do: "calm" }; // stop the timer

/** How long ICE may take to find back once the server can be reached. */
export const healTime = 600;
/** How long a restarted ICE may take. */
export const restartTime = 4000;
/** How long an answered session may take to connect. */
export const joinTime = 10_000;
/** How long the server keeps a session that it hears nothing of. */
export const sessionLife = 24_000;
/** How long to believe that the server cannot be reached. */
export const awayTime = 15_000;

export const initial: Model = { phase: "idle", attempt: 0 };

/** Whether a publisher that was up is on its way back. */
export const isBroken = (p: Phase): boolean => p !== "idle" && p !== "up" && p !== "closed";

export function step(m: Model, input: Input, random?: number): [Model, Command[]] {
  if (m.phase === "closed") return [m, []];
  if (input === "stop") return [{ phase: "closed", attempt: 0 }, [{ do: "calm" }, { do: "teardown", tell: true }]];
  switch (m.phase) {
    case "idle":
      return input === "start" ? negotiate(m) : [m, []];
    case "negotiating":
      if (input === "answered") return to(m, "connecting", joinTime);
      if (input === "refused") return retry(m, random);
      return input === "unreachable" ? away(m) : [m, []];
    case "connecting":
      if (input === "connected") return up();
      return input === "failed" || input === "timer" ? retry(m, random) : [m, []];
    case "up":
      if (input === "disconnected") return shaky(m);
      return input === "failed" ? away(m) : [m, []];
    case "shaky":
      if (input === "connected") return up();
      if (input === "reachable") return to(m, "healing", healTime);
      if (input === "online") return restart(m);
      return input === "failed" || input === "timer" ? away(m) : [m, []];
    case "healing":
      if (input === "connected") return up();
      if (input === "timer" || input === "online") return restart(m);
      return input === "failed" ? renew(m) : [m, []];
    case "restarting":
      if (input === "connected") return up();
      if (input === "unreachable") return shaky(m);
      return input === "refused" || input === "failed" || input === "timer" ? renew(m) : [m, []];
    case "away":
    case "waiting":
      return input === "timer" || input === "online" || input === "reachable" ? negotiate(m) : [m, []];
  }
}

const up = (): [Model, Command[]] => [{ phase: "up", attempt: 0 }, [{ do: "calm" }]];

const to = (m: Model, phase: Phase, ms: number): [Model, Command[]] => [{ ...m, phase }, [{ do: "timer", ms }]];

const shaky = (m: Model): [Model, Command[]] =>
  [{ ...m, phase: "shaky" }, [{ do: "timer", ms: sessionLife }, { do: "doubt" }]];

const restart = (m: Model): [Model, Command[]] =>
  [{ ...m, phase: "restarting" }, [{ do: "timer", ms: restartTime }, { do: "restart" }]];

const negotiate = (m: Model): [Model, Command[]] =>
  [{ ...m, phase: "negotiating" }, [{ do: "calm" }, { do: "negotiate" }]];

const renew = (m: Model): [Model, Command[]] =>
  [{ ...m, phase: "negotiating" }, [{ do: "calm" }, { do: "teardown", tell: true }, { do: "negotiate" }]];

const away = (m: Model): [Model, Command[]] =>
  [{ phase: "away", attempt: m.attempt + 1 }, [{ do: "teardown", tell: false }, { do: "timer", ms: awayTime }, { do: "doubt" }]];

const retry = (m: Model, random?: number): [Model, Command[]] =>
  [{ phase: "waiting", attempt: m.attempt + 1 }, [{ do: "teardown", tell: true }, { do: "timer", ms: backoff(m.attempt, random) }]];
