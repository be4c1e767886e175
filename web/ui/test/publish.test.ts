import assert from "node:assert/strict";
import { test } from "node:test";
import { backoff, longestWait } from "../src/backoff";
import { initial, joinTime, patience, step, type Command, type Input, type Model } from "../src/publish";

/** Feeds inputs, without chance; returns where it ends and all it asked for. */
function run(inputs: Input[], from: Model = initial): [Model, Command[]] {
  const asked: Command[] = [];
  let m = from;
  for (const i of inputs) {
    const [next, commands] = step(m, i, 0);
    m = next;
    asked.push(...commands);
  }
  return [m, asked];
}

const up: Model = { phase: "up", attempt: 0 };

test("a good start", () => {
  const [m, asked] = run(["start", "answered", "connected"]);
  assert.deepEqual(m, up);
  assert.deepEqual(asked, [{ do: "calm" }, { do: "negotiate" }, { do: "timer", ms: joinTime }, { do: "calm" }]);
});

test("a short break is waited out, a long one starts over", () => {
  assert.deepEqual(run(["disconnected", "connected"], up)[0], up);
  const [m, asked] = run(["disconnected", "timer"], up);
  assert.deepEqual(m, { phase: "waiting", attempt: 1 });
  assert.deepEqual(asked, [{ do: "timer", ms: patience }, { do: "teardown" }, { do: "timer", ms: 1000 }]);
});

test("waits grow to ten seconds and shrink again after a success", () => {
  let m = initial;
  let waits: number[] = [];
  [m] = run(["start"]);
  for (let i = 0; i < 6; i++) {
    const [next, asked] = run(["refused"], m);
    waits.push(...asked.flatMap((c) => (c.do === "timer" ? [c.ms] : [])));
    [m] = run(["timer"], next);
  }
  assert.deepEqual(waits, [1000, 2000, 4000, 8000, 10_000, 10_000]);
  [m] = run(["answered", "connected"], m);
  waits = run(["failed"], m)[1].flatMap((c) => (c.do === "timer" ? [c.ms] : []));
  assert.deepEqual(waits, [1000]);
});

test("the network's return ends a wait at once", () => {
  const [m, asked] = run(["failed", "online"], up);
  assert.equal(m.phase, "negotiating");
  assert.deepEqual(asked.at(-1), { do: "negotiate" });
});

test("an answered session that never connects is given up", () => {
  assert.equal(run(["start", "answered", "timer"])[0].phase, "waiting");
});

test("stop ends it from anywhere, for good", () => {
  const inputs: Input[] = ["start", "answered", "connected", "disconnected", "timer"];
  for (let n = 0; n <= inputs.length; n++) {
    const [m, asked] = run([...inputs.slice(0, n), "stop", "start", "timer", "online", "failed"]);
    assert.equal(m.phase, "closed");
    assert.deepEqual(asked.slice(-2), [{ do: "calm" }, { do: "teardown" }]);
  }
});

test("no order of events leaves it stuck or in two sessions", () => {
  const inputs: Input[] = ["start", "answered", "refused", "connected", "disconnected", "failed", "timer", "online"];
  let seed = 7;
  const random = () => (seed = (seed * 48271) % 0x7fffffff) / 0x7fffffff;
  for (let round = 0; round < 200; round++) {
    let m = step(initial, "start")[0];
    let sessions = 1;
    for (let i = 0; i < 50; i++) {
      const [next, commands] = step(m, inputs[Math.floor(random() * inputs.length)], 0);
      for (const c of commands) sessions += c.do === "negotiate" ? 1 : c.do === "teardown" ? -1 : 0;
      m = next;
      assert.ok(sessions === 0 || sessions === 1, `${sessions} sessions`);
      assert.equal(sessions === 0, m.phase === "waiting");
    }
  }
});

test("waits differ by chance, and only downwards by a fifth", () => {
  assert.equal(backoff(0, 1), 800);
  assert.equal(backoff(50, 0), longestWait);
  assert.equal(backoff(-1, 0), 1000);
});
