import assert from "node:assert/strict";
import { test } from "node:test";
import { arrange, byUrgency, need } from "../src/tiles";
import type { Cause, Incident, IncidentState, SeatTile } from "../src/types";

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

test("the same name falls back to the seat, so that tiles do not jump", () => {
  const ids = () => arrange([seat("b", "Абай"), seat("a", "Абай")], [], "kk").map((x) => x.seat.id);
  assert.deepEqual(ids(), ["a", "b"]);
});

test("only an admitted seat can be missed", () => {
  assert.equal(need(seat("1", "x", { stage: "invited", connected: false }), []), "none");
  assert.equal(need(seat("1", "x", { stage: "finished", connected: false }), []), "none");
  assert.equal(need(seat("1", "x", { stage: "identified", identity_accepted: false }), []), "none");
});

test("incidents: going on, waiting, judged; newest first in each", () => {
  const list = [
    incident("old", "1", "closed", "covered", "2026-11-23T05:00:00Z"), incident("judged", "1", "confirmed", "covered", "2026-11-23T05:09:00Z"),
    incident("new", "1", "closed", "covered", "2026-11-23T05:01:00Z"), incident("now", "1", "open", "covered", "2026-11-23T04:00:00Z"),
  ];
  assert.deepEqual(byUrgency(list).map((i) => i.id), ["now", "new", "old", "judged"]);
});
