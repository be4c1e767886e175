// Which ways to the server a network leaves open, from what ICE tried. All are
// tried within the one connection: a seat has one publisher, so that sessions
// made only to try a way would end each other.

export const kinds = ["udp", "tcp", "relay"] as const;
export type Kind = (typeof kinds)[number];
export type Path = Kind | "none";

/** What is known of each way: it works, or it was tried and nothing came back. */
export type Ways = Record<Kind, "works" | "blocked" | "unknown">;

export const untried: Ways = { udp: "unknown", tcp: "unknown", relay: "unknown" };

/** So many checks without an answer are not chance. */
const enough = 4;

/** How a connection's packets travel, from its selected candidate pair. */
export function pathOf(stats: RTCStatsReport): Path {
  let pair: any;
  stats.forEach((s) => {
    if (s.type === "transport" && s.selectedCandidatePairId) pair = stats.get(s.selectedCandidatePairId);
  });
  stats.forEach((s) => {
    if (!pair && s.type === "candidate-pair" && s.state === "succeeded" && (s.nominated || s.selected)) pair = s;
  });
  return kindOf(stats, pair) ?? "none";
}

function kindOf(stats: RTCStatsReport, pair: any): Kind | undefined {
  const local = pair && stats.get(pair.localCandidateId);
  if (!local) return undefined;
  if (local.candidateType === "relay") return "relay";
  return local.protocol === "tcp" ? "tcp" : "udp";
}

/** Adds what the statistics show to what is known: a way that worked once is
 * open, for browsers stop trying those that they do not need. */
export function learn(known: Ways, stats: RTCStatsReport): Ways {
  const now = { ...known };
  const silent: Record<Kind, number> = { udp: 0, tcp: 0, relay: 0 };
  stats.forEach((s) => {
    const kind = s.type === "candidate-pair" ? kindOf(stats, s) : undefined;
    if (!kind) return;
    if (s.responsesReceived > 0 || s.state === "succeeded") now[kind] = "works";
    else silent[kind] += s.state === "failed" ? enough : s.requestsSent ?? 0;
  });
  for (const k of kinds) if (now[k] === "unknown" && silent[k] >= enough) now[k] = "blocked";
  return now;
}

/** The ways that are closed: those that ICE prefers to the one it ended up
 * with, and those that it tried in vain. */
export function closed(path: Path, ways: Ways): Kind[] {
  const better = path === "none" ? kinds.length : kinds.indexOf(path);
  return kinds.filter((k, i) => ways[k] !== "works" && (i < better ? path !== "none" || ways[k] === "blocked" : false));
}
