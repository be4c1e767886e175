import assert from "node:assert/strict";
import { test } from "node:test";
import { closed, learn, pathOf, untried, type Ways } from "../src/ways";

/** Statistics with one pair of each kind: requests sent, responses received. */
function stats(pairs: Record<string, [number, number]>, selected = ""): RTCStatsReport {
  const all = new Map<string, object>();
  for (const [kind, [requestsSent, responsesReceived]] of Object.entries(pairs)) {
    all.set(`l-${kind}`, { type: "local-candidate", candidateType: kind === "relay" ? "relay" : "host", protocol: kind === "tcp" ? "tcp" : "udp" });
    all.set(kind, { type: "candidate-pair", localCandidateId: `l-${kind}`, requestsSent, responsesReceived, state: "in-progress" });
  }
  if (selected) all.set("t", { type: "transport", selectedCandidatePairId: selected });
  return all as unknown as RTCStatsReport;
}

test("the path is that of the selected pair", () => {
  for (const kind of ["udp", "tcp", "relay"] as const) assert.equal(pathOf(stats({ udp: [9, 0], tcp: [9, 1], relay: [9, 1] }, kind)), kind);
  assert.equal(pathOf(stats({ udp: [1, 0] })), "none");
});

test("a way is blocked when enough checks went unanswered, and open for good after one answer", () => {
  let ways = learn(untried, stats({ udp: [2, 0], tcp: [1, 1] }));
  assert.deepEqual(ways, { udp: "unknown", tcp: "works", relay: "unknown" });
  ways = learn(ways, stats({ udp: [8, 0], tcp: [30, 0] }));
  assert.deepEqual(ways, { udp: "blocked", tcp: "works", relay: "unknown" });
  assert.equal(learn(ways, stats({ udp: [9, 1] })).udp, "works");
});

test("closed is what ICE would have preferred, or tried in vain", () => {
  const some: Ways = { udp: "blocked", tcp: "works", relay: "unknown" };
  assert.deepEqual(closed("udp", untried), []);
  assert.deepEqual(closed("tcp", some), ["udp"]);
  assert.deepEqual(closed("relay", some), ["udp"]);
  assert.deepEqual(closed("relay", untried), ["udp", "tcp"]);
  assert.deepEqual(closed("none", some), ["udp"]);
  assert.deepEqual(closed("none", { udp: "blocked", tcp: "blocked", relay: "blocked" }), ["udp", "tcp", "relay"]);
});
