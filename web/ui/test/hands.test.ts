import assert from "node:assert/strict";
import { test } from "node:test";
import { handsAfter } from "../src/hands";
import type { Role } from "../src/types";

const three: Role[] = ["specialist", "engineer", "head"];

test("in the form's order hands come from its beginning", () => {
  const act = { appendix: "A" } as const;
  assert.deepEqual(handsAfter(act, three, ["specialist"], "head", true), three);
  assert.deepEqual(handsAfter(act, three, three, "engineer", false), ["specialist"]);
  assert.deepEqual(handsAfter(act, three, three, "specialist", false), ["specialist"]);
  assert.deepEqual(handsAfter(act, ["engineer", "head"], ["engineer"], "head", true), ["engineer", "head"]);
});

test("side by side any hands will do, and in Appendix A the head's is the last", () => {
  const act = { appendix: "A", order: "any" } as const;
  assert.deepEqual(handsAfter(act, three, ["specialist"], "engineer", true), ["specialist", "engineer"]);
  assert.deepEqual(handsAfter(act, three, ["specialist", "engineer"], "specialist", false), ["engineer"]);
  assert.deepEqual(handsAfter(act, three, ["engineer"], "head", true), three);
  assert.deepEqual(handsAfter(act, three, three, "specialist", false), ["engineer"]);
  assert.deepEqual(handsAfter(act, three, ["engineer"], "engineer", false), ["engineer"]);
  const b: Role[] = ["head", "registrar", "specialist"];
  assert.deepEqual(handsAfter({ appendix: "B", order: "any" }, b, ["registrar"], "specialist", true), ["registrar", "specialist"]);
  assert.deepEqual(handsAfter({ appendix: "B", order: "any" }, b, b, "registrar", false), ["head", "specialist"]);
});
