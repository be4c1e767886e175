import assert from "node:assert/strict";
import { test } from "node:test";
import { added, places, sceneryLimit, within } from "../src/scenery";
import { thresholds, type PolicyBody, type Threshold } from "../src/types";
import { differences, draftOf, number, parseNumber, policyOf, problems, reset, ruleProblem, type Draft } from "../src/watching";

const policy: PolicyBody = {
  rules: {
    object: { mode: "on", warn: 1.9, open: 3.9, close: 5 }, voice: { mode: "off", warn: 3, open: 8, close: 5 },
    dark: { mode: "advice", warn: 3, open: 0, close: 0 }, virtual: { mode: "on", warn: 0, open: 0, close: 1 },
  },
  network_loss: 0.1, network_floor: 60_000, evidence: 10, order: "form",
  thresholds: Object.fromEntries(thresholds.map((k) => [k, k === "yaw" ? 30 : k === "face_width" ? 50 : 0.45])) as Record<Threshold, number>,
};

const changed = (d: Draft, cause: string, more: Partial<Draft["rules"][string]>): Draft =>
  ({ ...d, rules: { ...d.rules, [cause]: { ...d.rules[cause], ...more } } });

test("numbers are read with a comma and a point, and nothing else is one", () => {
  assert.deepEqual(["1,9", " 3.25 ", "2.", "0"].map(parseNumber), [1.9, 3.25, 2, 0]);
  for (const s of ["", "-1", "1e9", "1,2,3", "x", "0x10", "Infinity"]) assert.ok(Number.isNaN(parseNumber(s)), s);
  assert.deepEqual([number(1.9, "kk"), number(1.9, "en"), number(0.1 + 0.2, "ru")], ["1,9", "1.9", "0,3"]);
});

test("what is read is sent back as it was, in every language", () => {
  for (const l of ["kk", "ru", "en"]) {
    assert.deepEqual(policyOf(draftOf(policy, l)), policy, l);
    assert.deepEqual(problems(draftOf(policy, l)), [], l);
  }
});

test("a rule that could not be saved says why", () => {
  const rule = (more: object) => ({ mode: "on" as const, warn: "2", open: "4", close: "3", ...more });
  assert.equal(ruleProblem("object", rule({})), "");
  assert.equal(ruleProblem("object", rule({ open: "1" })), "watching.bad_order");
  assert.equal(ruleProblem("object", rule({ warn: "0", open: "0,5" })), "watching.bad_soon");
  assert.equal(ruleProblem("virtual", rule({ warn: "0", open: "0" })), "");
  assert.equal(ruleProblem("object", rule({ close: "0" })), "watching.bad_close");
  assert.equal(ruleProblem("object", rule({ open: "301" })), "watching.bad_seconds");
  assert.equal(ruleProblem("object", rule({ warn: "soon" })), "watching.bad_seconds");
  assert.equal(ruleProblem("object", rule({ mode: "advice", open: "1", close: "" })), "", "times that are not used do not matter");
  assert.equal(ruleProblem("object", rule({ mode: "off", warn: "" })), "");
  assert.deepEqual(problems({ ...draftOf(policy, "kk"), loss: "101" }), ["loss"]);
  assert.deepEqual(problems(changed({ ...draftOf(policy, "kk"), evidence: "" }, "object", { open: "1" })), ["object", "evidence"]);
  assert.deepEqual(problems({ ...draftOf(policy, "kk"), thresholds: { ...draftOf(policy, "kk").thresholds, phone: "0" } }), ["phone"]);
});

test("differences are told once, and only of what is used", () => {
  const a = draftOf(policy, "kk");
  assert.deepEqual(differences(a, a), []);
  assert.deepEqual(differences(a, changed(a, "object", { warn: "1.90" })), [], "the same number written otherwise");
  assert.deepEqual(differences(a, changed(a, "object", { mode: "off", open: "9" })).map((d) => [d.what, d.field, d.to]), [["object", "mode", "off"]]);
  assert.deepEqual(differences(a, changed(a, "voice", { mode: "on", open: "9" })).map((d) => d.field), ["mode", "open"]);
  assert.deepEqual(differences(a, { ...a, floor: "80" }), [{ what: "floor", field: "value", from: "60", to: "80" }]);
  assert.deepEqual(differences(a, reset(changed(a, "object", { open: "9" }), a, "object")), []);
});

test("scenery is what lies within the frame, and not too much of it", () => {
  assert.deepEqual(within({ x: -0.1, y: 0.5, w: 0.4, h: 0.7 }), { x: 0, y: 0.5, w: 0.3, h: 0.5 });
  assert.equal(within({ x: 1.2, y: 0, w: 0.5, h: 0.5 }), null);
  const box = { x: 0.1, y: 0.1, w: 0.2, h: 0.2 };
  assert.deepEqual(added([], box), [box]);
  assert.equal(added([], undefined), null);
  assert.equal(added(Array(sceneryLimit).fill(box), box), null);
});

test("a mirror is chosen among what was and what is seen", () => {
  const box = { x: 0.1, y: 0.1, w: 0.2, h: 0.2 };
  const list = places(box, [{ what: "person", box: [500, 0, 600, 1000] }, { what: "phone", box: [0, 0, 10, 10] }, { what: "face", box: [600, 100, 200, 200] }]);
  assert.deepEqual(list.map((p) => p.what), ["candidate", "person", "face"]);
  assert.deepEqual(list[1].box, { x: 0.5, y: 0, w: 0.5, h: 1 });
  assert.deepEqual(places(undefined, []), []);
  assert.equal(places(box, [{ what: "face", box: [105, 100, 200, 200] }]).length, 1, "the same place twice");
});

test("another order of signing is one difference, and is sent", () => {
  const now = draftOf(policy, "kk");
  const next: Draft = { ...now, order: "any" };
  assert.deepEqual(differences(now, next), [{ what: "order", field: "value", from: "form", to: "any" }]);
  assert.equal(policyOf(next).order, "any");
});
