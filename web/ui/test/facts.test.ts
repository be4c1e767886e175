import assert from "node:assert/strict";
import { test } from "node:test";
import { apply } from "../src/facts";
import type { Dashboard, JournalEvent } from "../src/types";

const start: Dashboard = {
  exam: { id: "x", title: "t", discipline: "d", kind: "session", form: "atk", opens: "", closes: "" }, now: "",
  seats: [{ id: "s", stage: "checked", connected: false, examinee: { student_id: "1", name: "n", specialty: "p", group: "g" },
    accommodation: null, identity: null, identity_accepted: null, score_annulled: false, live: null }],
  incidents: [], acts: [],
};

let seq = 0;
const event = (type: string, data: Record<string, unknown>, exam = "x"): JournalEvent =>
  ({ seq: ++seq, at: "2026-11-23T05:00:00Z", exam, actor: "proctor", type, data });

const fold = (events: JournalEvent[], from = start) =>
  events.reduce((d, e) => apply(d, e).dashboard, from);

const opened = event("incident.opened", { incident: { id: "i", seat: "s", cause: "covered", state: "open", opened: "2026-11-23T05:00:00Z", peak: {}, network: {} } });

test("a seat goes from identification to annulment", () => {
  const d = fold([
    event("media.connected", { seat: "s", camera: 1 }),
    event("identity.compared", { seat: "s", identity: { verdict: "same", distance: 0.4, at: "" } }),
    event("identity.decided", { seat: "s", accepted: true }), event("seat.admitted", { seat: "s" }),
    event("score.annulled", { seat: "s", act: "a" }),
  ]);
  const s = d.seats[0];
  assert.deepEqual([s.connected, s.stage, s.identity?.verdict, s.identity_accepted, s.score_annulled], [true, "admitted", "same", true, true]);
  assert.equal(start.seats[0].stage, "checked", "the old state is not changed");
});

test("a stage never goes back", () => {
  const d = fold([event("seat.admitted", { seat: "s" }), event("seat.consented", { seat: "s" })]);
  assert.equal(d.seats[0].stage, "admitted");
});

test("an incident ends, resumes and is judged", () => {
  let d = fold([opened, event("incident.ended", { incident: "i", at: "2026-11-23T05:01:00Z" })]);
  assert.deepEqual([d.incidents![0].state, d.incidents![0].closed], ["closed", "2026-11-23T05:01:00Z"]);
  d = fold([event("incident.resumed", { incident: "i", at: "" })], d);
  assert.deepEqual([d.incidents![0].state, d.incidents![0].closed], ["open", undefined]);
  d = fold([event("incident.judged", { incident: "i", confirmed: true, reasons: ["A1"] }), event("incident.ended", { incident: "i", at: "z" })], d);
  assert.deepEqual([d.incidents![0].state, d.incidents![0].by], ["confirmed", "proctor"]);
});

test("who raised and who judged have names, and the note stays", () => {
  const raised = event("incident.opened", { incident: { id: "h", seat: "s", cause: "object", state: "closed", opened: "", note: "phone", raised_by: "p" } });
  const d = fold([{ ...raised, name: "Әлия" }, { ...event("incident.judged", { incident: "h", confirmed: true, reasons: ["A4"], text: "seen" }), name: "Дана" }]);
  const i = d.incidents![0];
  assert.deepEqual([i.note, i.raised_by_name, i.text, i.by_name], ["phone", "Әлия", "seen", "Дана"]);
});

test("an act is to be fetched and tied to its incident", () => {
  const outcome = apply(fold([opened]), event("act.drafted", { act: { id: "a", incident: "i" } }));
  assert.equal(outcome.act, "a");
  assert.equal(outcome.dashboard.incidents![0].act, "a");
  assert.equal(apply(start, event("act.signed", { act: "a" })).act, "a");
});

test("what cannot be folded in asks for the dashboard", () => {
  assert.equal(apply(start, event("seat.assigned", { seat: "new" })).reload, true);
  assert.equal(apply(start, event("incident.ended", { incident: "unknown" })).reload, true);
});

test("another exam's facts and unknown ones change nothing", () => {
  assert.equal(apply(start, event("seat.finished", { seat: "s" }, "other")).dashboard, start);
  assert.equal(apply(start, event("something.new", {})).dashboard, start);
});

test("detectors are degraded until they are restored, since the first time", () => {
  const late = { ...event("detector.degraded", { detail: "again" }), at: "2026-11-23T06:00:00Z" };
  const d = fold([event("detector.degraded", { detail: "it died" }), late]);
  assert.deepEqual(d.degraded, { since: "2026-11-23T05:00:00Z", detail: "again" });
  assert.equal(fold([event("detector.restored", {})], d).degraded, null);
});

test("what is granted and what is scenery changes on the wall", () => {
  const box = { x: 0, y: 0, w: 0.5, h: 0.5 };
  const d = fold([event("seat.accommodated", { seat: "s", accommodation: { off: ["voice"], companions: 1 } }), event("seat.scenery", { seat: "s", boxes: [box] })]);
  assert.deepEqual([d.seats[0].accommodation, d.seats[0].scenery], [{ off: ["voice"], companions: 1 }, [box]]);
  assert.deepEqual(fold([event("seat.scenery", { seat: "s" })], d).seats[0].scenery, []);
});
