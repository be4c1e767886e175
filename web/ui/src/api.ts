// The typed client of /api/v1. Every failure is an ApiError whose message is a
// sentence for the person at the screen.

import { t } from "./i18n";
import type { CreationOptions, RequestOptions } from "./passkey";
import { writeFilters, type Filters } from "./register";
import { upload } from "./upload";
import type {
  Accommodation, Account, Act, ActList, Box, CheckedAct, Dashboard, Delivery, DeliveryList, DeviceCheck, ExamDraft, Examinee, ExamRecord, ExamSummary, Fault, Given, Incident, InspectionText, Language, Me, MySeat, Officials, OwnWindow, Plan, PolicyBody, Reason,
  ReportKind, Review, Role, SeatRecord, Staff, Standing, Watching,
} from "./types";

export class ApiError extends Error {
  constructor(readonly status: number, readonly kind: string, readonly key: string, message: string) {
    super(message);
  }
}

async function request(method: string, path: string, body?: unknown, init: RequestInit = {}): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(path, {
      method,
      credentials: "same-origin",
      headers: body === undefined ? {} : { "Content-Type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
      ...init,
    });
  } catch {
    throw new ApiError(0, "unreachable", "unreachable", t("failure.unreachable"));
  }
  if (!response.ok) throw await failure(response);
  return response;
}

async function failure(response: Response): Promise<ApiError> {
  try {
    const { error } = await response.json();
    return new ApiError(response.status, error.kind, error.key, error.message || t("failure.internal"));
  } catch {
    return new ApiError(response.status, "internal", "internal", t("failure.internal"));
  }
}

const json = async <T>(r: Promise<Response>): Promise<T> => (await r).json();
const get = <T>(path: string) => json<T>(request("GET", path));
const send = <T>(method: string, path: string, body: unknown) => json<T>(request(method, path, body));
const tell = async (path: string, body: unknown, init?: RequestInit) => { await request("POST", path, body, init); };
const id = encodeURIComponent;

export const api = {
  login: (login: string, password: string) => send<Me>("POST", "/api/v1/login", { login, password }),
  examineeLogin: (token: string) => send<Me>("POST", "/api/v1/examinee/login", { token }),
  deliveries: () => get<DeliveryList>("/api/v1/deliveries"),
  retryDelivery: (d: Delivery) => tell(`/api/v1/exams/${id(d.exam)}/deliveries/${id(d.key)}/retry`, { system: d.system }),
  acknowledgeDelivery: (d: Delivery, text: string) => tell(`/api/v1/exams/${id(d.exam)}/deliveries/${id(d.key)}/acknowledge`, { system: d.system, text }),

  logout: () => tell("/api/v1/logout", {}),
  me: () => get<Me>("/api/v1/me"),

  standing: (act: string, digest: string) => get<Standing>(`/api/v1/verify/${id(act)}/${id(digest)}`),
  verify: (pdf: Blob) => json<CheckedAct>(request("POST", "/api/v1/verify", undefined, { headers: { "Content-Type": "application/pdf" }, body: pdf })),

  account: () => get<Account>("/api/v1/account"),
  changePassword: (old: string, fresh: string) => tell("/api/v1/account/password", { old, new: fresh }),
  renewKey: (password: string) => send<Account>("POST", "/api/v1/account/key", { password }),
  passkeyChallenge: () => send<RequestOptions>("POST", "/api/v1/account/passkeys/challenge", {}),
  passkeyOptions: (given: Given) => send<CreationOptions>("POST", "/api/v1/account/passkeys/options", given),
  addPasskey: (password: string, name: string, response: unknown, prf?: string) =>
    send<Account>("POST", "/api/v1/account/passkeys", { password, name, response, prf }),
  removePasskey: (given: Given, passkey: string) => send<Account>("POST", "/api/v1/account/passkeys/remove", { ...given, id: passkey }),

  mySeat: () => get<MySeat>("/api/v1/seat"),
  consent: (version: string, language: string) => send<MySeat>("POST", "/api/v1/seat/consent", { version, language }),
  check: (check: DeviceCheck) => send<MySeat>("POST", "/api/v1/seat/check", check),
  identify: () => send<MySeat>("POST", "/api/v1/seat/identify", {}),
  report: (kind: ReportKind, detail: string) => tell("/api/v1/seat/report", { kind, detail }, { keepalive: true }),
  notice: (act: string) => tell("/api/v1/seat/notice", { act }),
  appeal: (act: string, text: string) => send<MySeat>("POST", "/api/v1/seat/appeal", { act, text }),
  finish: () => send<MySeat>("POST", "/api/v1/seat/finish", {}),

  exams: () => get<{ exams: ExamSummary[] | null }>("/api/v1/exams").then((r) => r.exams ?? []),
  dashboard: (exam: string) => get<Dashboard>(`/api/v1/exams/${id(exam)}`),
  review: (seat: string) => get<Review>(`/api/v1/seats/${id(seat)}`),
  watching: (exam: string) => get<Watching>(`/api/v1/exams/${id(exam)}/policy`),
  setPolicy: (exam: string, policy: PolicyBody) => send<Watching>("PUT", `/api/v1/exams/${id(exam)}/policy`, policy),
  accommodate: async (seat: string, granted: Accommodation) => { await request("PUT", `/api/v1/seats/${id(seat)}/accommodation`, granted); },
  markScenery: async (seat: string, boxes: Box[]) => { await request("PUT", `/api/v1/seats/${id(seat)}/scenery`, { boxes }); },
  decideIdentity: (seat: string, accepted: boolean, note: string, seen: string) =>
    tell(`/api/v1/seats/${id(seat)}/identity`, { accepted, note, seen }),
  message: (seat: string, text: string) => tell(`/api/v1/seats/${id(seat)}/messages`, { text }),
  raise: (seat: string, cause: "object" | "other", text: string, at?: string) =>
    send<Incident>("POST", `/api/v1/seats/${id(seat)}/incidents`, { cause, text, at }),
  confirm: (incident: string, reasons: Reason[], text: string) =>
    send<Act>("POST", `/api/v1/incidents/${id(incident)}/confirm`, { reasons, text }),
  dismiss: (incident: string, text: string) => tell(`/api/v1/incidents/${id(incident)}/dismiss`, { text }),

  schedule: (x: ExamDraft) => send<ExamSummary>("POST", "/api/v1/exams", x),
  plan: (exam: string) => get<Plan>(`/api/v1/exams/${id(exam)}/plan`),
  /** Gives a seat; her link is told this once. */
  assign: (exam: string, examinee: Examinee, record: SeatRecord = {}) =>
    send<{ id: string; examinee_url: string }>("POST", `/api/v1/exams/${id(exam)}/seats`, { examinee, record }),
  photo: (seat: string, file: Blob) => upload<null>(`/api/v1/seats/${id(seat)}/photo`, file, () => undefined, "PUT", "image/jpeg"),
  recordExam: async (exam: string, record: ExamRecord) => { await request("PUT", `/api/v1/exams/${id(exam)}/record`, record); },
  recordSeat: async (seat: string, record: SeatRecord) => { await request("PUT", `/api/v1/seats/${id(seat)}/record`, record); },
  excuse: (seat: string, file: Blob, progress: (percent: number) => void) =>
    upload<{ document: string }>(`/api/v1/seats/${id(seat)}/excuses`, file, progress),
  window: async (seat: string, w: OwnWindow | null) => { await request("PUT", `/api/v1/seats/${id(seat)}/window`, w ?? {}); },

  faults: (exam: string) => get<{ faults: Fault[] }>(`/api/v1/exams/${id(exam)}/faults`).then((r) => r.faults),
  inspect: (exam: string, incidents: string[], text: InspectionText) =>
    send<Act>("POST", `/api/v1/exams/${id(exam)}/inspections`, { incidents, ...text }),
  editInspection: (act: string, text: InspectionText, officials: Officials) =>
    send<Act>("PUT", `/api/v1/acts/${id(act)}/inspection`, { ...text, officials }),

  acts: (query: string) => get<ActList>(`/api/v1/acts${query}`),
  print: (act: string, document: string, copies: number) => send<Act>("POST", `/api/v1/acts/${id(act)}/prints`, { document, copies }),
  file: (act: string, name: string, sheets: number) => send<Act>("POST", `/api/v1/acts/${id(act)}/file`, { case: name, sheets }),
  unfile: (act: string, text: string) => send<Act>("POST", `/api/v1/acts/${id(act)}/unfile`, { text }),
  act: (act: string) => get<Act>(`/api/v1/acts/${id(act)}`),
  pdf: async (act: string) => (await request("GET", `/api/v1/acts/${id(act)}/pdf`)).arrayBuffer(),
  staff: () => get<{ staff: Staff[] }>("/api/v1/staff").then((r) => r.staff),
  edit: (act: string, reasons: Reason[], other: string, officials: Officials) =>
    send<Act>("PUT", `/api/v1/acts/${id(act)}`, { reasons, other, officials }),
  challenge: (act: string, what: { role: Role | ""; scan?: string; document: string }) =>
    send<RequestOptions>("POST", `/api/v1/acts/${id(act)}/challenge`, what),
  sign: (act: string, role: Role, document: string, given: Given) =>
    send<Act>("POST", `/api/v1/acts/${id(act)}/sign`, { role, document, ...given }),
  scan: (act: string, version: number, file: Blob, progress: (percent: number) => void) =>
    upload<Act>(`/api/v1/acts/${id(act)}/scans?version=${version}`, file, progress),
  refuseScan: (act: string, scan: string, text: string) => send<Act>("POST", `/api/v1/acts/${id(act)}/scans/${id(scan)}/refuse`, { text }),
  attest: (act: string, scan: string, roles: Role[], number: string, document: string, given: Given) =>
    send<Act>("POST", `/api/v1/acts/${id(act)}/attest`, { scan, roles, number, document, ...given }),
  ncaLayerOffer: (act: string, role: Role, document: string) =>
    send<{ session: string; data: string; iin: string; bin: string; usages: string[] }>("POST", `/api/v1/acts/${id(act)}/ncalayer`, { role, document }),
  ncaLayerSign: (act: string, session: string, cms: string) =>
    send<Act>("POST", `/api/v1/acts/${id(act)}/ncalayer/${id(session)}`, { cms }),
  refuse: (act: string, role: Role, text: string) => send<Act>("POST", `/api/v1/acts/${id(act)}/refuse`, { role, text }),
  decideAppeal: (act: string, upheld: boolean, text: string) => send<Act>("POST", `/api/v1/acts/${id(act)}/appeal`, { upheld, text }),
  close: (act: string, text: string) => send<Act>("POST", `/api/v1/acts/${id(act)}/close`, { text }),
};

/** Where the register's files are fetched from. */
export const register = {
  table: (kind: "csv" | "xlsx", f: Filters, lang: Language) => `/api/v1/acts.${kind}${writeFilters(f, { lang })}`,
  list: (f: Filters) => `/api/v1/archive-list${writeFilters(f)}`,
  package: (act: string) => `/api/v1/acts/${id(act)}/package`,
  bundle: (act: string) => `/api/v1/acts/${id(act)}/bundle`,
};

/** Where pictures and recordings are fetched from. */
export const media = {
  still: (incident: string) => `/api/v1/incidents/${id(incident)}/still`,
  identity: (seat: string, which: "live" | "enrolled", stamp = "") =>
    `/api/v1/seats/${id(seat)}/identity/${which}${stamp && `?at=${id(stamp)}`}`,
  excuse: (seat: string, document: string) => `/api/v1/seats/${id(seat)}/excuses/${id(document)}`,
  scan: (act: string, scan: string) => `/api/v1/acts/${id(act)}/scans/${id(scan)}`,
  segment: (seat: string, number: number) => `/api/v1/seats/${id(seat)}/segments/${number}`,
  backfill: (seat: string, number: number) => `/api/v1/seats/${id(seat)}/backfills/${number}`,
  whep: (seat: string) => `/whep/${id(seat)}`,
};
