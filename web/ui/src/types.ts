// The JSON of docs/PROTOCOL.md. Times are RFC 3339 strings, UTC.

export const languages = ["kk", "ru", "en"] as const;
export type Language = (typeof languages)[number];

export const stages = ["invited", "consented", "checked", "identified", "admitted", "finished"] as const;
export type Stage = (typeof stages)[number];

export const causes = ["covered", "blocked", "network", "dark", "blurred", "no_face", "outsider", "identity", "object", "away", "voice", "frozen", "virtual", "other"] as const;
export type Cause = (typeof causes)[number];

export const reasons = ["A1", "A2", "A3", "A4", "A5", "A6"] as const;
export type Reason = (typeof reasons)[number];

export const gapCauses = ["network", "device", "restart", "overload", "disk"] as const;
export type GapCause = (typeof gapCauses)[number];

export const roles = ["examinee", "proctor", "specialist", "engineer", "head", "registrar", "admin"] as const;
export type Role = (typeof roles)[number];

export const signingOrder = ["specialist", "engineer", "head"] as const satisfies readonly Role[];
export const inspectionOrder = ["head", "registrar", "specialist"] as const satisfies readonly Role[];

export const incidentStates = ["open", "closed", "confirmed", "dismissed", "inspected"] as const;
export type IncidentState = (typeof incidentStates)[number];

export const actStates = ["drafted", "signing", "in_force", "refused", "withdrawn", "superseded"] as const;
export type ActState = (typeof actStates)[number];

export const verdicts = ["same", "different", "no_photo", "unsure"] as const;
export type Verdict = (typeof verdicts)[number];

export const reportKinds = ["camera_error", "track_ended", "track_muted", "track_unmuted", "camera_started", "hidden", "visible", "device"] as const;
export type ReportKind = (typeof reportKinds)[number];

export const forms = ["atk", "oral", "mixed", "written_online"] as const;
export type ExamForm = (typeof forms)[number];
export const kinds = ["current_control", "midterm", "session", "fx_retake"] as const;
export type ExamKind = (typeof kinds)[number];

export interface Staff { login: string; name: string; roles: Role[] }

export interface Me { login: string; name: string; roles: Role[]; seat: string; ncalayer?: boolean }

/** One of her passkeys; opens: without the password too. */
export interface Passkey { id: string; name: string; added: string; used: string; opens: boolean }

/** Her own account: what she signs with. */
export interface Account {
  key: "none" | "good" | "revoked"; ends: string; temporary: boolean; possible: boolean;
  rule: "own" | "passkey" | "password"; passkeys: Passkey[];
}

/** A passkey's answer, bytes in base64. */
export interface Assertion { id: string; client_data: string; authenticator_data: string; signature: string; prf?: string }

/** What she gives to have her key opened. */
export interface Given { password: string; passkey?: Assertion }

export interface Examinee { student_id: string; name: string; specialty: string; group: string }

export interface Exam {
  id: string; title: string; discipline: string; kind: ExamKind; form: ExamForm;
  opens: string; closes: string; url?: string;
}

export interface ExamSummary extends Omit<Exam, "url"> { seats: number; candidates: number }

export interface Warning { at: string; cause: Cause }
export interface Message { at: string; by?: string; by_name?: string; text: string }

export interface BackfillAccess { url: string; token: string }
export interface WhipInfo { url: string; token: string; ice_servers: RTCIceServer[] | null; ports: string[] }

export interface Appeal { filed: string; text: string; decided?: string | null; upheld?: boolean; outcome?: string; by?: string }

/** The act over the examinee's own seat, with what it rests on. */
export interface MyAct {
  id: string; number: string; state: ActState; reasons: Reason[]; other?: string; in_force: string;
  from: string; to: string | null; cause: Cause; warned: string | null; measure: string; appeal: Appeal | null;
}

export interface MySeat {
  id: string; stage: Stage; now: string; entry: string; examinee: Examinee; exam: Exam; consent_version: string;
  identity: { verdict: Verdict; at: string } | null; identity_accepted: boolean | null;
  admitted: string | null; finished: string | null; recording: boolean; whip: WhipInfo | null; backfill: BackfillAccess | null;
  warnings: Warning[] | null; messages: Message[] | null;
  act: MyAct | null;
  score_annulled: boolean;
  remedies: MyRemedy[] | null;
}

/** What an inspection gave the examinee; Appendix B. */
export interface MyRemedy { number: string; at: string; code: Decision; minutes?: number; from: string | null; to: string | null }

export interface DeviceCheck { camera: string; microphone: string; network: string; browser: string; ok: boolean }

/** A rectangle in fractions of the frame. */
export interface Box { x: number; y: number; w: number; h: number }

export const things = ["face", "person", "phone", "book", "laptop"] as const;
export type Thing = (typeof things)[number];

/** What was found on a picture; left, top, width and height in thousandths. */
export interface Shown { what: Thing; box: [number, number, number, number] }

export interface Observation { cause: Cause; score: number; detail?: string }

export interface Live {
  at: string; luma: number; faces: number; people: number; observations: Observation[] | null;
  bits: number; loss: number; frames: number; recording: boolean; calibrating: boolean; unanalysed?: boolean; age_ms: number;
  /** Whether there was a look at all; else the age is the network report's. */
  looked: boolean; shown?: Shown[];
}

export interface Identity { verdict: Verdict; distance: number; at: string; detail?: string }

export interface Accommodation { off?: Cause[]; companions?: number; note?: string }

export interface SeatTile {
  id: string; stage: Stage; connected: boolean; unrecorded?: GapCause; unaccounted?: boolean; examinee: Examinee;
  accommodation: Accommodation | null; scenery?: Box[];
  identity: Identity | null; identity_accepted: boolean | null; score_annulled: boolean; live: Live | null;
}

export interface Receipt { key: string; version_id: string; size: number; sha256: string; at: string }

export interface Incident {
  id: string; seat: string; cause: Cause; state: IncidentState; opened: string; closed?: string;
  peak: { at: string; score: number; detail?: string; detector?: string; box?: Box };
  fault?: boolean;
  network: { connected: boolean; video_frames: number; bits: number; loss: number };
  note?: string; raised_by?: string; raised_by_name?: string;
  client?: string; warned?: string; by?: string; by_name?: string; text?: string; reasons?: Reason[] | null; act?: string;
  still?: { at: string; segment: number } | null;
}

export interface Signature {
  login: string; name: string; role: Role; at: string; certificate: string;
  /** How she signed; absent is with her key on this server. */
  method?: "key" | "ncalayer" | "paper"; attested?: string; scan?: Receipt | null; matched?: "qr" | "number";
  /** Of a national certificate: what said that it was not revoked. */
  revocation?: "crl" | "ocsp" | "unknown";
}

/** A signed print of an act that came back. */
export interface Scan {
  id: string; version: number; receipt: Receipt; kind: string; pages: number; code: "matches" | "absent"; by: string; at: string;
  refused?: string; refused_by?: string;
}

/** Who may bring in scans and attest them. */
export const scanRoles: Role[] = ["specialist", "engineer", "head", "registrar"];

/** Of each signing role, a login or a name. */
export type Officials = Partial<Record<Role, string>>;

export const decisions = ["no_fault", "extra_time", "resume_attempt", "new_attempt", "reschedule", "convert_to_A"] as const;
export type Decision = (typeof decisions)[number];

/** What an inspection says; Appendix B. */
export interface InspectionText {
  purpose: string; result: string; decision: string; code?: Decision | ""; minutes?: number; from?: string; to?: string;
}
export interface Inspection extends InspectionText { incidents?: string[] | null; seats: string[] }

/** Fault candidates that began together, worded for the form. */
export interface Fault {
  incidents: string[]; seats: string[]; from: string; to: string; ours: boolean;
  candidates: Incident[]; names: string[]; purpose: string; result: string;
}

export type SignOrder = "form" | "any";

export interface Act {
  appendix?: "A" | "B"; inspection?: Inspection | null;
  id: string; number: string; seat: string; exam: string; state: ActState; incident: string; version: number;
  reasons: Reason[] | null; other?: string; drawn_up: string; by: string; by_name?: string;
  officials?: Officials; officials_names?: Officials;
  document: { receipt: Receipt; digest: string }; notified?: string; appeal?: Appeal | null;
  scans?: Scan[] | null; scan_names?: Record<string, string>;
  signatures?: Signature[] | null; refusal?: string; in_force?: string; next: Role | "";
  /** In what order it is signed ("form" where it is absent), and the roles that may sign now. */
  order?: SignOrder; turns: Role[];
  examinee: Examinee; exam_title: string; discipline: string;
  delivery?: ActDelivery | null;
  prints?: Print[] | null; filed?: Filing | null; hands?: Record<string, string>;
}

export const deliveryStates = ["pending", "sent", "refused", "acknowledged"] as const;
export type DeliveryState = (typeof deliveryStates)[number];
export const effects = ["annul", "restore", "times"] as const;
export type Effect = (typeof effects)[number];
export const failureReasons = ["unreachable", "unavailable", "unauthorized", "stale", "refused", "unlinked", "unknown"] as const;
export type FailureReason = (typeof failureReasons)[number];

/** Where an act's effect stands in the systems of record. */
export interface ActDelivery {
  state: DeliveryState; effect: Effect; alarm: boolean; count: number; done: number;
  reason: FailureReason | ""; acknowledged: string | null; reference: string;
}

/** One decision for one system of record. */
export interface Delivery {
  key: string; system: string; effect: Effect; state: DeliveryState; alarm: boolean; at: string;
  exam: string; exam_title: string; seat: string; examinee: Examinee; act: string; number: string;
  score?: { value: number; maximum: number; blank?: boolean };
  times?: { from?: string; to?: string; minutes?: number; attempts?: number; resume?: boolean };
  sent: string | null; failed: string | null; reason: FailureReason | ""; detail: string;
  acknowledged: string | null; reference: string; by_name: string; text: string;
}

export interface DeliveryList { deliveries: Delivery[]; alarms: number; pending: number; alarm_after: number; systems: string[] }

/** One printing of an act; its first copy bears the number first. */
export interface Print { at: string; by: string; version: number; sha256: string; first: number; copies: number }
/** Where its signed paper lies. */
export interface Filing { at: string; by: string; case: string; sheets: number }

/** A page of the register, with counts of what is found and what is to be done. */
export interface ActList {
  acts: Act[]; next: string; total: number; states: Partial<Record<ActState, number>>;
  mine: number; print_due: number; filing_due: number; years: number[];
}

export interface Dashboard { exam: Exam; now: string; seats: SeatTile[]; incidents: Incident[] | null; acts: Act[] | null;
  /** Since when looks are late or stopped. */
  degraded?: Degradation | null;
}

export interface Degradation { since: string; detail: string }

export interface RuleBody { mode: "on" | "advice" | "off"; warn: number; open: number; close: number }

export const thresholds = ["person", "phone", "book", "laptop", "distance", "yaw", "face_width", "voice"] as const;
export type Threshold = (typeof thresholds)[number];

/** What an exam watches for; times in seconds, the floor in bit/s. */
export interface PolicyBody {
  rules: Record<string, RuleBody>; network_loss: number; network_floor: number; thresholds: Record<Threshold, number>; evidence: number;
  virtual_cameras?: string[]; order: SignOrder;
}

export interface Change { at: string; by: string; by_name?: string }

export interface Watching {
  exam: Exam; now: string; causes: Cause[]; hints: Cause[]; policy: PolicyBody; defaults: PolicyBody; changes: (Change & { policy: PolicyBody })[];
}

export interface Segment {
  number: number; start: string; end: string; size: number; sha256: string; prev: string; codecs: string;
  width: number; height: number; frames: number; camera: number; recovered?: boolean; stored: boolean;
  /** Which of the seat's cameras; "camera" where it is absent. */
  track?: string;
}

export interface LiveSegment { number: number; start: string; end?: string; codecs: string; width: number; height: number; track?: string }
export interface Gap { from: string; to: string; cause: GapCause; track?: string }
export interface Span { from: string; to: string }

/** A stretch that the client recorded by itself and sent afterwards: evidence of lesser weight. */
export interface Backfill {
  number: number; from: string; to: string; size: number; sha256: string; codecs: string; width: number; height: number;
  frames: number; first_ms: number; holes: Span[]; received_at: string; clock_offset_ms: number; stored: boolean;
  track?: string;
}

export const stretchKinds = ["not_admitted", "recorded", "backfilled", "gap", "unaccounted"] as const;
export type StretchKind = (typeof stretchKinds)[number];

/** One piece of a seat's timeline; number is a segment's or a backfill's. */
export interface Stretch { from: string; to: string; kind: StretchKind; cause?: GapCause; number: number; track?: string }

/** Where each second of a seat's exam went; durations in seconds. */
export interface Account {
  from: string; to: string; length: number; recorded: number; backfilled: number; gaps: Partial<Record<GapCause, number>>;
  not_admitted: number; unaccounted: number; double: number; whole: boolean; settled: boolean; stretches: Stretch[];
}

/** GET /backfill/{seat}: what the server wants of what the page recorded itself. */
export interface Wanted {
  now: string; grace_until?: string; max_bytes: number; chunk_bytes: number; max_seconds: number; wanted: Span[];
}

export interface ClientReport { at: string; kind: ReportKind; detail?: string }

export interface Review {
  seat: SeatTile; exam: Exam; from: string; to: string; segments: Segment[] | null; live: LiveSegment | null;
  gaps: Gap[] | null; backfills: Backfill[]; account: Account; incidents: Incident[] | null; warnings: Warning[] | null; messages: Message[] | null;
  reports: ClientReport[] | null; accommodated?: Change | null;
}

export const windowReasons = ["illness", "official", "family"] as const;
export type WindowReason = (typeof windowReasons)[number];

/** A seat's own hours instead of the exam's (clause 5.3.10). */
export interface OwnWindow { from: string; to: string; reason: WindowReason; document: string; note?: string }

/** A stored document that gives the reason for one. */
export interface Excuse { document: string; kind: string; size: number; at: string; by_name: string }

/** Where an exam is in the systems of record; see docs/DELIVERY.md. */
export interface ExamRecord {
  scores?: string[]; times?: string[]; line_item?: string; course?: number; module?: number; quiz?: number;
  value?: number; maximum?: number; blank?: boolean; retake?: boolean;
}
export interface SeatRecord { lti_user?: string; moodle_user?: number; enrolment?: string }

export interface ExamDraft extends Omit<Exam, "id"> { record: ExamRecord }

export interface PlanSeat {
  id: string; stage: Stage; examinee: Examinee; accommodation: Accommodation; accommodated: Change | null; photo: boolean; admitted: boolean;
  hours: { from: string; to: string }; window: OwnWindow | null; excuses: Excuse[]; record: SeatRecord;
}
export interface Plan { exam: Exam; now: string; seats: PlanSeat[]; record: ExamRecord; systems: string[] }

/** One line of the journal, as the WebSocket tells it. */
export interface JournalEvent { seq: number; at: string; exam: string; actor: string; type: string; data: Record<string, unknown>; name?: string }

export type ServerMessage =
  | { type: "event"; event: JournalEvent; name?: string }
  | { type: "live"; seat: string; live: Live }
  | { type: "seat"; seat: MySeat }
  | { type: "warning"; cause: Cause; at: string }
  | { type: "message"; text: string; at: string }
  | { type: "advice"; cause: Cause };

/** What the register says of an act today, to whoever holds it. */
export interface Standing {
  current: boolean;
  number?: string;
  appendix?: "A" | "B";
  state?: Act["state"];
  signed: number;
  in_force?: string;
}

/** What came of checking an act's file. */
export interface CheckedAct {
  act: string;
  number: string;
  version: number;
  digest: string;
  whole: boolean;
  complete: boolean;
  ours: boolean;
  revoked?: boolean;
  signatures: { name: string; role: Role; at: string; method: Signature["method"]; attester?: string; revoked?: string }[];
  problems: string[];
  standing?: Standing;
}
