import assert from "node:assert/strict";
import { test } from "node:test";
import { backoff, longestWait } from "../src/backoff";
import { awayTime, healTime, initial, joinTime, restartTime, sessionLife, step, type Command, type Input, type Model } from "../src/publish";

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

const did = (asked: Command[]) => asked.map((c) => c.do);

test("a quiet server is waited for as long as it keeps the session, without a request", () => {
  assert.deepEqual(run(["disconnected", "connected"], up)[0], up);
  const [m, asked] = run(["disconnected"], up);
  assert.equal(m.phase, "shaky");
  assert.deepEqual(asked, [{ do: "timer", ms: sessionLife }, { do: "doubt" }]);
  const [late, then] = run(["timer"], m);
  assert.equal(late.phase, "away");
  assert.deepEqual(then, [{ do: "teardown", tell: false }, { do: "timer", ms: awayTime }, { do: "doubt" }]);
});

test("a server that can be reached but not heard: ICE heals, restarts, begins anew", () => {
  const [healing, asked] = run(["disconnected", "reachable"], up);
  assert.equal(healing.phase, "healing");
  assert.deepEqual(asked.at(-1), { do: "timer", ms: healTime });
  assert.deepEqual(run(["connected"], healing)[0], up);
  const [restarting, then] = run(["timer"], healing);
  assert.equal(restarting.phase, "restarting");
  assert.deepEqual(then, [{ do: "timer", ms: restartTime }, { do: "restart" }]);
  assert.deepEqual(run(["answered", "connected"], restarting)[0], up);
  for (const no of ["refused", "failed", "timer"] as Input[]) {
    const [m, last] = run([no], restarting);
    assert.equal(m.phase, "negotiating");
    assert.deepEqual(did(last), ["calm", "teardown", "negotiate"]);
  }
  assert.equal(run(["unreachable"], restarting)[0].phase, "shaky");
});

test("away, the first sign of the server begins a session at once", () => {
  for (const sign of ["reachable", "online", "timer"] as Input[]) {
    const [m, asked] = run(["disconnected", "timer", sign], up);
    assert.equal(m.phase, "negotiating");
    assert.equal(asked.at(-1)!.do, "negotiate");
  }
  assert.equal(run(["start", "unreachable"])[0].phase, "away");
});

test("another network is a reason to restart at once, but not while all is well", () => {
  assert.deepEqual(run(["online"], up), [up, []]);
  assert.equal(did(run(["disconnected", "online"], up)[1]).at(-1), "restart");
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
  waits = run(["disconnected", "reachable", "failed", "refused"], m)[1].slice(-1).flatMap((c) => (c.do === "timer" ? [c.ms] : []));
  assert.deepEqual(waits, [1000]);
});

test("the network's return ends a wait at once", () => {
  const [m, asked] = run(["disconnected", "failed", "online"], up);
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
    assert.deepEqual(asked.slice(-2), [{ do: "calm" }, { do: "teardown", tell: true }]);
  }
});

test("no order of events leaves it stuck or in two sessions", () => {
  const inputs: Input[] = ["start", "answered", "refused", "unreachable", "connected", "disconnected", "failed", "timer", "reachable", "online"];
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
      assert.equal(sessions === 0, m.phase === "waiting" || m.phase === "away");
    }
  }
});

test("waits differ by chance, and only downwards by a fifth", () => {
  assert.equal(backoff(0, 1), 800);
  assert.equal(backoff(50, 0), longestWait);
  assert.equal(backoff(-1, 0), 1000);
});
