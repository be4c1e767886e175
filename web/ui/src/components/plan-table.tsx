import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { dateTime, shortClock } from "../format";
import { language, t } from "../i18n";
import type { Accommodation, Plan, PlanSeat } from "../types";
import { Badge } from "./badge";
import { PlanSeatCard } from "./plan-seat";

interface Props { plan: Plan; editable: boolean; done: () => Promise<unknown> }

const columns = ["name", "specialty", "group", "photo", "link", "window", "granted"] as const;

/** Who sits the exam, and what is still missing for each. */
export function PlanTable({ plan, editable, done }: Props) {
  const search = useSignal("");
  const missing = useSignal(false);
  const open = useSignal("");
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  const rows = plan.seats.filter((s) => (!missing.value || !s.photo) &&
    words.every((w) => Object.values(s.examinee).some((v) => v.toLowerCase().includes(w))));
  if (plan.seats.length === 0) return <p class="empty" data-testid="plan-empty">{t("plan.empty")}</p>;
  return (
    <section>
      <h2>{t("home.seats", { count: plan.seats.length })}</h2>
      <div class="row wall-filter">
        <input type="search" value={search.value} placeholder={t("plan.search")} aria-label={t("plan.search")} data-testid="plan-search" onInput={(e) => { search.value = e.currentTarget.value; }} />
        <label class="check"><input type="checkbox" checked={missing.value} data-testid="plan-missing" onChange={(e) => { missing.value = e.currentTarget.checked; }} /><span>{t("plan.without_photo")}</span></label>
      </div>
      {rows.length === 0 ? <p class="empty">{t("plan.none")}</p> : (
        <div class="card scroll register-card">
          <table class="register plan" data-testid="seats">
            <thead><tr>{columns.map((c) => <th key={c} scope="col">{t(`plan.${c}`)}</th>)}</tr></thead>
            <tbody>
              {rows.map((s) => (
                <Row key={s.id} seat={s} open={open.value === s.id} toggle={() => { open.value = open.value === s.id ? "" : s.id; }}>
                  <PlanSeatCard plan={plan} seat={s} editable={editable} done={done} />
                </Row>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

function Row({ seat: s, open, toggle, children }: { seat: PlanSeat; open: boolean; toggle: () => void; children: ComponentChildren }) {
  return (
    <>
      <tr data-testid="seat-row" data-student={s.examinee.student_id} data-photo={s.photo}>
        <th scope="row">
          <button type="button" class="button-link" aria-expanded={open} data-testid="seat-open" onClick={toggle}>{s.examinee.name}</button>
          <small class="muted">{s.examinee.student_id}</small>
        </th>
        <td data-label={t("plan.specialty")}><span class="name">{s.examinee.specialty}</span></td>
        <td data-label={t("plan.group")}><span class="name">{s.examinee.group}</span></td>
        <td data-label={t("plan.photo")}>{s.photo ? <Badge tone="ok" icon="check">{t("plan.photo_yes")}</Badge> : <Badge tone="warning" icon="warning">{t("plan.photo_no")}</Badge>}</td>
        <td data-label={t("plan.link")}><span class="small">{s.stage === "invited" ? t("plan.unused") : t(`stage.${s.stage}`)}</span></td>
        <td data-label={t("plan.window")}><Window seat={s} /></td>
        <td data-label={t("plan.granted")}><span class="small">{grantedText(s.accommodation) || <span class="muted">{t("plan.no")}</span>}</span></td>
      </tr>
      {open && <tr class="plan-detail"><td colSpan={columns.length}>{children}</td></tr>}
    </>
  );
}

function Window({ seat: s }: { seat: PlanSeat }) {
  const l = language.value;
  if (s.window) return <span class="small">{dateTime(s.window.from, l)} – {shortClock(s.window.to, l)}</span>;
  if (s.excuses.length > 0) return <Badge tone="info">{t("window.waits")}</Badge>;
  return <span class="muted small">{t("plan.no")}</span>;
}

function grantedText(a: Accommodation): string {
  return [
    ...(a.off ?? []).map((c) => t("plan.not_watched", { cause: t(`cause.${c}`) })),
    a.companions ? t("plan.companions", { count: a.companions }) : "",
    a.note ?? "",
  ].filter(Boolean).join("; ");
}
