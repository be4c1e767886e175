import { useEffect } from "preact/hooks";
import { api } from "../api";
import { clock, dateTime, given } from "../format";
import { language, t } from "../i18n";
import type { Language, MyAct, MySeat } from "../types";
import { Banner } from "./banner";
import { TextAction } from "./text-action";

interface Props { seat: MySeat; take: (s: MySeat) => void }

/** The act that came into force over a seat: what it rests on, and what its
 * examinee may do about it. */
export function AnnulledScore({ seat, take }: Props) {
  const act = seat.act;
  useEffect(() => {
    // That she was told is journaled; if it fails now, the next load tells.
    if (act) api.notice(act.id).catch(() => undefined);
  }, [act?.id]);
  if (!act) return null;
  return (
    <>
      <Banner tone={seat.score_annulled ? "danger" : "info"} testid="score-annulled"
        title={t(seat.score_annulled ? "finished.annulled" : "finished.restored")}>
        <p>{t("finished.act", { number: act.number, time: dateTime(act.in_force, language.value) })}</p>
        <ul>{act.reasons.map((r) => <li key={r}>{t(`reason.${r}`)}{r === "A6" && act.other ? `: ${act.other}` : ""}</li>)}</ul>
        <Grounds act={act} />
        <p>{t("finished.rights")}</p>
      </Banner>
      <AppealState act={act} />
      {!act.appeal && act.state === "in_force" && (
        <TextAction name="appeal" title={t("appeal.open")} text={t("appeal.text")} label={t("appeal.submit")} look="plain" limit={4000}
          run={async (text) => take(await api.appeal(act.id, text))} />
      )}
    </>
  );
}

/** From when until when; one time where it was a moment. */
function span(act: MyAct, l: Language): string {
  const from = clock(act.from, l);
  const to = given(act.to) ? clock(act.to, l) : "…";
  return from === to ? from : `${from}–${to}`;
}

/** How it came to the act: machine, person, signatures. */
function Grounds({ act }: { act: MyAct }) {
  const l = language.value;
  return (
    <>
      <p>{t("finished.seen", { cause: t(`cause.${act.cause}`), time: span(act, l) })}{act.measure && <> <code>{act.measure}</code></>}</p>
      {given(act.warned) && <p>{t("finished.warned", { time: clock(act.warned, l) })}</p>}
      <p>{t("finished.people")}</p>
    </>
  );
}

function AppealState({ act }: { act: MyAct }) {
  const p = act.appeal;
  if (!p) return null;
  const decided = given(p.decided);
  return (
    <Banner quiet tone={decided ? (p.upheld ? "ok" : "info") : "info"} testid="appeal-state"
      title={t(!decided ? "appeal.waits" : p.upheld ? "appeal.upheld" : "appeal.rejected")}>
      <p>{t("appeal.filed", { time: dateTime(p.filed, language.value) })}</p>
      {decided && <p>{p.outcome}</p>}
    </Banner>
  );
}
