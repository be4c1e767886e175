import assert from "node:assert/strict";
import { test } from "node:test";
import { deviceError } from "../src/camera-errors";
import { begun, stepOf, waits } from "../src/examinee-steps";
import { dateTime, duration, endTime, given, grouped, percent } from "../src/format";
import { missingInReasons, sameTwice, sealHint, stillHeld, suggestion } from "../src/judgement";
import { fill } from "../src/message";
import { parse } from "../src/route";
import { parseThumbnail } from "../src/socket";
import { stages } from "../src/types";

test("blanks are filled, unknown ones left alone", () => {
  assert.equal(fill("{{.name}}: {{ .count }} {{.other}}", { name: "Дана", count: 0 }), "Дана: 0 {{.other}}");
});

test("values are put in as they are", () => {
  assert.equal(fill("{{.a}}", { a: "$& {{.b}}", b: "x" }), "$& {{.b}}");
});

test("the last signature is the third, whoever's it is", () => {
  const signed = (n: number) => Array.from({ length: n }) as never;
  assert.equal(sealHint({ appendix: "A", signatures: signed(1) }), "sign.not_last");
  assert.equal(sealHint({ appendix: "A", signatures: signed(2) }), "sign.last");
  assert.equal(sealHint({ appendix: "A", signatures: signed(1) }, 2), "sign.last");
  assert.equal(sealHint({ appendix: "B" }), "sign.not_last_b"); // the head signs B first
  assert.equal(sealHint({ appendix: "B", signatures: signed(2) }), "sign.last_b");
});

test("an end names its day where it is another", () => {
  assert.equal(endTime("2026-11-23T04:00:00Z", "2026-11-23T06:30:00Z", "kk"), "11:30");
  assert.equal(endTime("2026-11-23T14:50:00Z", "2026-11-23T22:50:00Z", "kk"), "24.11.2026 03:50");
});

test("lengths and shares read well", () => {
  assert.deepEqual([0, 65, 3725, -5].map(duration), ["0:00", "1:05", "1:02:05", "0:00"]);
  assert.deepEqual([0, 0.034, 0.5].map((x) => percent(x, "kk")), ["0", "3,4", "50"]);
  assert.equal(grouped("0123456789abcdef01"), "01234567 89abcdef 01");
});

test("times are Almaty's, whatever the browser's zone", () => {
  assert.equal(dateTime("2026-11-23T20:30:00.123456Z", "kk"), "24.11.2026 01:30");
  assert.equal(dateTime("nonsense", "kk"), " ");
  assert.equal(given("0001-01-01T00:00:00Z"), false);
});

test("addresses name pages", () => {
  assert.deepEqual(parse("/"), { page: "home" });
  assert.deepEqual(parse("/proctor/AB"), { page: "wall", id: "AB" });
  assert.deepEqual(parse("/review/A%20B"), { page: "review", id: "A B" });
  assert.deepEqual(parse("/proctor/A%20B/watching"), { page: "watching", id: "A B" });
  assert.deepEqual(parse("/proctor/AB/else"), { page: "missing" });
  assert.deepEqual(parse("/acts/1/2"), { page: "missing" });
  assert.deepEqual(parse("/%"), { page: "missing" });
});

test("a thumbnail is read, a broken one refused", () => {
  const message = Uint8Array.of(2, 65, 66, 0, 0, 0, 0, 0, 0, 1, 0, 0xff, 0xd8);
  assert.deepEqual(parseThumbnail(message.buffer), { seat: "AB", at: 256, jpeg: Uint8Array.of(0xff, 0xd8) });
  assert.equal(parseThumbnail(message.slice(0, 11).buffer), null);
  assert.equal(parseThumbnail(new ArrayBuffer(0)), null);
});

test("every device error has a sentence of its own kind", () => {
  assert.equal(deviceError("NotReadableError"), "NotReadableError");
  assert.equal(deviceError("PermissionDeniedError"), "NotAllowedError");
  assert.equal(deviceError("SomethingElse"), "UnknownError");
});

test("reasons: one at least, and A6 in words", () => {
  assert.equal(suggestion("blocked"), "A2");
  assert.equal(suggestion("no_face"), undefined);
  assert.notEqual(missingInReasons([], ""), "");
  assert.notEqual(missingInReasons(["A6"], "  "), "");
  assert.equal(missingInReasons(["A1"], ""), "");
  assert.equal(missingInReasons(["A4"], " ", true), "confirm.hint_needed");
  assert.equal(missingInReasons(["A4"], "телефон", true), "");
});

test("three roles, three people, each in her own", () => {
  assert.equal(sameTwice({ specialist: "a", head: "b" }), false);
  assert.equal(sameTwice({ specialist: "a", head: "a" }), true);
  assert.equal(sameTwice({ specialist: "", head: "" }), false);
  const staff = [{ login: "a", name: "A", roles: ["specialist" as const] }, { login: "b", name: "B", roles: ["head" as const] }];
  assert.deepEqual(stillHeld({ specialist: "a", engineer: "b", head: "gone" }, staff), { specialist: "a" });
});

test("who consented waits until there is somewhere to publish to", () => {
  const whip = { url: "", token: "", ice_servers: null, ports: [] };
  assert.deepEqual(stages.filter((stage) => waits({ stage, whip: null })), ["consented", "checked", "identified"]);
  assert.deepEqual(stages.filter((stage) => waits({ stage, whip })), []);
});

test("an exam has begun when the server says so", () => {
  const exam = { id: "x", title: "t", discipline: "d", kind: "session" as const, form: "atk" as const, opens: "2026-11-23T05:00:00Z", closes: "" };
  assert.equal(begun({ now: "2026-11-23T04:59:59.999Z", exam }), false);
  assert.equal(begun({ now: "2026-11-23T05:00:00.000Z", exam }), true);
});

test("every stage has a step", () => {
  assert.deepEqual(stages.map(stepOf), ["consent", "check", "identify", "identify", "exam", "finished"]);
});
