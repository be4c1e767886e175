// Folding the journal's facts into a dashboard, so that a wall of 200 seats
// need not be fetched again for every one of them.

import { stages, type Accommodation, type Box, type Cause, type Dashboard, type GapCause, type Identity, type Incident, type JournalEvent, type Reason, type SeatTile, type Stage } from "./types";

export interface Outcome {
  dashboard: Dashboard;
  /** An act that has changed and should be fetched. */
  act?: string;
  /** The fact cannot be folded in: fetch the dashboard. */
  reload?: boolean;
}

type Data = Record<string, any>;

export function apply(d: Dashboard, e: JournalEvent): Outcome {
  if (e.exam !== d.exam.id) return { dashboard: d };
  const data = e.data as Data;
  switch (e.type) {
    case "exam.scheduled":
    case "seat.assigned":
    case "seat.windowed":
      return { dashboard: d, reload: true };
    case "incident.opened":
      return { dashboard: addIncident(d, { ...data.incident, raised_by_name: e.name }) };
    case "incident.peaked":
    case "incident.resumed":
    case "incident.ended":
    case "incident.pinned":
    case "incident.judged":
      return incident(d, data.incident, (i) => incidentFact(i, e));
    case "act.drafted":
      if (data.act.inspection) return { dashboard: d, reload: true }; // of many incidents
      return { ...incident(d, data.act.incident, (i) => ({ ...i, act: data.act.id })), act: data.act.id };
    case "act.rendered":
    case "act.edited":
    case "act.signed":
    case "act.refused":
    case "inspection.edited":
      return { dashboard: d, act: data.act, reload: inspects(d, data.act) };
    case "act.closed": // its incidents are candidates again
      return { dashboard: d, act: data.act, reload: true };
    case "detector.degraded":
      return { dashboard: { ...d, degraded: { since: d.degraded?.since ?? e.at, detail: data.detail ?? "" } } };
    case "detector.restored":
      return { dashboard: { ...d, degraded: null } };
    case "examinee.warned":
      return { dashboard: warned(d, data.seat, data.cause, e.at) };
    default:
      return typeof data.seat === "string" ? seat(d, data.seat, (s) => seatFact(s, e.type, data)) : { dashboard: d };
  }
}

/** Whether an act is of Appendix B, which changes what its incidents are. */
const inspects = (d: Dashboard, act: string): boolean => (d.acts ?? []).some((a) => a.id === act && a.appendix === "B");

function addIncident(d: Dashboard, i: Incident): Dashboard {
  const others = (d.incidents ?? []).filter((x) => x.id !== i.id);
  return { ...d, incidents: [...others, i] };
}

function incident(d: Dashboard, id: string, change: (i: Incident) => Incident): Outcome {
  const known = (d.incidents ?? []).some((i) => i.id === id);
  if (!known) return { dashboard: d, reload: true };
  return { dashboard: { ...d, incidents: d.incidents!.map((i) => (i.id === id ? change(i) : i)) } };
}

function incidentFact(i: Incident, e: JournalEvent): Incident {
  const data = e.data as Data;
  switch (e.type) {
    case "incident.peaked": return { ...i, peak: data.peak };
    case "incident.resumed": return { ...i, closed: undefined, state: i.state === "closed" ? "open" : i.state };
    case "incident.ended": return { ...i, closed: data.at, state: i.state === "open" ? "closed" : i.state };
    case "incident.pinned": return { ...i, still: data.still };
    case "incident.judged":
      return {
        ...i, state: data.confirmed ? "confirmed" : "dismissed", by: e.actor, by_name: e.name,
        reasons: (data.reasons ?? []) as Reason[], text: data.text ?? "",
      };
    default: return i;
  }
}

function warned(d: Dashboard, seat: string, cause: Cause, at: string): Dashboard {
  return {
    ...d,
    incidents: (d.incidents ?? []).map((i) =>
      i.seat === seat && i.cause === cause && i.state === "open" && !i.warned ? { ...i, warned: at } : i),
  };
}

function seat(d: Dashboard, id: string, change: (s: SeatTile) => SeatTile): Outcome {
  return { dashboard: { ...d, seats: d.seats.map((s) => (s.id === id ? change(s) : s)) } };
}

const advance = (s: SeatTile, to: Stage): SeatTile =>
  stages.indexOf(s.stage) < stages.indexOf(to) ? { ...s, stage: to } : s;

function seatFact(s: SeatTile, type: string, data: Data): SeatTile {
  switch (type) {
    case "seat.consented": return advance(s, "consented");
    case "seat.checked": return data.check?.ok ? advance(s, "checked") : s;
    case "identity.compared":
      return advance({ ...s, identity: data.identity as Identity, identity_accepted: null }, "identified");
    case "identity.decided": return { ...s, identity_accepted: data.accepted };
    case "seat.admitted": return advance(s, "admitted");
    case "seat.finished": return advance(s, "finished");
    case "media.connected": return { ...s, connected: true };
    case "media.lost": return { ...s, connected: false, unrecorded: undefined };
    case "recording.stopped": return { ...s, unrecorded: data.cause as GapCause };
    case "recording.resumed": return { ...s, unrecorded: undefined };
    case "seat.accommodated": return { ...s, accommodation: data.accommodation as Accommodation };
    case "seat.scenery": return { ...s, scenery: (data.boxes ?? []) as Box[] };
    case "seat.accounted": return { ...s, unaccounted: data.whole === false };
    case "score.annulled": return { ...s, score_annulled: true };
    case "score.restored": return { ...s, score_annulled: false };
    default: return s;
  }
}
