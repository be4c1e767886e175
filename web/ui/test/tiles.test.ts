import assert from "node:assert/strict";
import { test } from "node:test";
import { arrange, byUrgency, need, staleness } from "../src/tiles";
import type { Cause, Incident, Live, IncidentState, SeatTile } from "../src/types";

const seat = (id: string, name: string, more: Partial<SeatTile> = {}): SeatTile => ({
  id, stage: "admitted", connected: true, examinee: { student_id: id, name, specialty: "s", group: "g" },
  accommodation: null, identity: null, identity_accepted: true, score_annulled: false, live: null, ...more,
});

const incident = (id: string, seatID: string, state: IncidentState, cause: Cause = "covered", opened = "2026-11-23T05:00:00Z"): Incident => ({
  id, seat: seatID, cause, state, opened, peak: { at: opened, score: 1 },
  network: { connected: true, video_frames: 15, bits: 500_000, loss: 0 },
});

test("what needs a look comes first, then by name", () => {
  const seats = [
    seat("1", "Абай"), seat("2", "Бақыт", { connected: false }), seat("3", "Ғалия"), seat("4", "Дана"),
    seat("5", "Еркін", { stage: "identified", identity_accepted: null }), seat("6", "Әсел"), seat("7", "Ядвига"),
  ];
  const incidents = [incident("a", "3", "closed"), incident("b", "7", "open"), incident("c", "1", "dismissed"), incident("d", "4", "confirmed")];
  const order = arrange(seats, incidents, "ru").map((x) => `${x.seat.id}:${x.need}`);
  assert.deepEqual(order.slice(0, 4), ["7:open", "3:closed", "5:identity", "2:disconnected"]);
  assert.deepEqual(new Set(order.slice(4)), new Set(["1:none", "6:none", "4:none"]));
});

test("an open candidate outranks closed ones of the same seat, and each cause is named once", () => {
  const incidents = [incident("a", "1", "closed", "outsider"), incident("b", "1", "open", "covered"), incident("c", "1", "closed", "covered")];
  const [tile] = arrange([seat("1", "Абай")], incidents, "kk");
  assert.equal(tile.need, "open");
  assert.deepEqual(tile.causes, ["covered", "outsider"]);
});

test("what only a detector has seen is a hint: apart, and below what needs a look", () => {
  const incidents = [incident("a", "1", "open", "object"), incident("b", "2", "closed", "covered"), { ...incident("c", "3", "closed", "object"), raised_by: "proctor" }];
  const tiles = arrange([seat("1", "А"), seat("2", "Б"), seat("3", "В"), seat("4", "Г", { connected: false }), seat("5", "Д")], incidents, "kk");
  assert.deepEqual(tiles.map((x) => `${x.seat.id}:${x.need}`), ["2:closed", "3:closed", "4:disconnected", "1:hint", "5:none"]);
  const hinted = tiles.find((x) => x.seat.id === "1")!;
  assert.deepEqual([hinted.causes, hinted.hinted, hinted.candidates.length, hinted.hints.length], [[], ["object"], 0, 1]);
  const raised = tiles.find((x) => x.seat.id === "3")!;
  assert.deepEqual([raised.causes, raised.hinted], [["object"], []], "a person's word is no hint");
});

test("a picture that is not of now says why", () => {
  const live = (more: Partial<Live>): Live => ({
    at: "", luma: 99, faces: 1, people: 1, observations: [], bits: 1, loss: 0, frames: 15, recording: true, calibrating: false, age_ms: 900, looked: true, ...more,
  });
  assert.equal(staleness(live({}), false), "");
  assert.equal(staleness(live({ age_ms: 3000 }), true), "", "current although a detector died");
  assert.equal(staleness(live({ age_ms: 3001 }), false), "late");
  assert.equal(staleness(live({ age_ms: 3001 }), true), "degraded");
  assert.equal(staleness(live({ calibrating: true }), false), "calibrating");
  assert.equal(staleness(live({ calibrating: true, age_ms: 9000 }), false), "late");
  assert.equal(staleness(live({ looked: false }), false), "never");
  assert.equal(staleness(live({ unanalysed: true, age_ms: 9000 }), true), "unanalysed");
});

test("the same name falls back to the seat, so that tiles do not jump", () => {
  const ids = () => arrange([seat("b", "Абай"), seat("a", "Абай")], [], "kk").map((x) => x.seat.id);
  assert.deepEqual(ids(), ["a", "b"]);
});

test("only an admitted seat can be missed", () => {
  assert.equal(need(seat("1", "x", { stage: "invited", connected: false }), []), "none");
  assert.equal(need(seat("1", "x", { stage: "finished", connected: false }), []), "none");
  assert.equal(need(seat("1", "x", { stage: "identified", identity_accepted: false }), []), "none");
});

test("hints come after candidates, and judged ones last", () => {
  const list = [incident("judged", "1", "dismissed", "object"), incident("hint", "1", "open", "away"), incident("over", "1", "closed", "covered")];
  assert.deepEqual(byUrgency(list).map((i) => i.id), ["over", "hint", "judged"]);
});

test("incidents: going on, waiting, judged; newest first in each", () => {
  const list = [
    incident("old", "1", "closed", "covered", "2026-11-23T05:00:00Z"), incident("judged", "1", "confirmed", "covered", "2026-11-23T05:09:00Z"),
    incident("new", "1", "closed", "covered", "2026-11-23T05:01:00Z"), incident("now", "1", "open", "covered", "2026-11-23T04:00:00Z"),
  ];
  assert.deepEqual(byUrgency(list).map((i) => i.id), ["now", "new", "old", "judged"]);
});
