import assert from "node:assert/strict";
import { test } from "node:test";
import { Hearing, look, quietTime } from "../src/heard";

const stats = (timestamp: number, lost = 0, limit = "none") => [
  { type: "remote-inbound-rtp", kind: "video", timestamp, fractionLost: lost },
  { type: "outbound-rtp", kind: "video", qualityLimitationReason: limit },
];

test("a server is quiet when no report came for long enough, and heard with the next", () => {
  const h = new Hearing();
  assert.equal(h.take(look([]), 0), "same"); // a browser that tells of no reports
  assert.equal(h.take(look([]), 60_000), "same");
  assert.equal(h.take(look(stats(1)), 61_000), "heard");
  assert.equal(h.take(look(stats(1)), 61_000 + quietTime - 1), "same");
  assert.equal(h.take(look(stats(1)), 61_000 + quietTime), "quiet");
  assert.equal(h.take(look(stats(2)), 65_000), "heard");
  h.pardon(90_000);
  assert.equal(h.take(look(stats(2)), 90_500), "same");
});

test("live video is starved by loss and by too little bandwidth", () => {
  const h = new Hearing();
  for (const [lost, limit, starved] of [[0, "none", false], [0.2, "none", true], [0, "bandwidth", true], [0, "cpu", false]] as const) {
    h.take(look(stats(1, lost, limit)), 0);
    assert.equal(h.starved, starved);
  }
});
