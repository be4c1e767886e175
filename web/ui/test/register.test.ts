import assert from "node:assert/strict";
import { test } from "node:test";
import { chosen, noFilters, readFilters, writeFilters } from "../src/register";

test("the address holds the filters", () => {
  const f = { ...noFilters, q: "Қасымова & ё", state: "in_force", from: "2026-12-01", mine: "true" };
  const address = writeFilters(f);
  assert.deepEqual(readFilters(address), f);
  assert.equal(writeFilters(noFilters), "");
  assert.match(writeFilters(noFilters, { cursor: "a_b" }), /^\?cursor=a_b$/);
  assert.equal(chosen(f), 2);
});

test("an address may say anything", () => {
  assert.deepEqual(readFilters("?x=1&__proto__=2&q"), noFilters);
  assert.equal(readFilters(`?q=${"a".repeat(999)}`).q.length, 200);
  assert.equal(readFilters("?q=%E0%A4%A").q.length > 0, true);
});
