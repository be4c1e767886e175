import { useSignal } from "@preact/signals";
import { media } from "../api";
import { causeIcons } from "../causes";
import { clock, given, kilobits, percent } from "../format";
import { language, t } from "../i18n";
import { isHint, suggestion } from "../judgement";
import { may } from "../rights";
import { isCandidate } from "../tiles";
import type { Act, Box, Incident, Review, Shown } from "../types";
import { Badge } from "./badge";
import { Clip } from "./clip";
import { ConfirmForm } from "./confirm-form";
import { DismissForm } from "./dismiss-form";
import { Evidence } from "./evidence";
import { IncidentSpan } from "./incident-span";
import { Fact } from "./telemetry";

interface Props {
  incident: Incident;
  /** The seat's recording, for a clip; null where a player is at hand anyway. */
  review: Review | null;
  act?: Act;
  /** Where the seat's picture shows persons who are none; left out where it
   * can no longer be changed. */
  scenery?: Box[];
  /** What is found on its picture now. */
  shown?: Shown[];
  /** Shows the incident in that player. */
  show?: () => void;
  /** Called when a person has spoken. */
  judged?: () => void;
}

/** One incident: its evidence, and a person's word on it. */
export function IncidentCard({ incident: i, review, act, scenery, shown, show, judged }: Props) {
  const clip = useSignal(false);
  const candidate = isCandidate(i);
  const hint = candidate && isHint(i);
  return (
    <article class={`card inner incident ${i.state} ${hint ? "hint" : ""}`} data-testid="incident" data-incident={i.id} data-state={i.state} data-cause={i.cause}>
      <div class="incident-head">
        <h4>{t(`cause.${i.cause}`)}</h4>
        {hint && <Badge tone="info" icon="eye" testid="hint">{t("hint.name")}</Badge>}
        <Badge tone={hint ? "plain" : i.state === "open" ? "danger" : i.state === "dismissed" ? "plain" : "warning"} icon={causeIcons[i.cause]}>{t(`incident_state.${i.state}`)}</Badge>
      </div>
      <p class="small"><IncidentSpan incident={i} /></p>
      {!i.note && <p class="small muted">{t(`cause_hint.${i.cause}`)}</p>}
      {i.note && <p data-testid="incident-note"><span class="muted">{t("incident.raised", { by: i.raised_by_name || i.raised_by || "" })}:</span> {i.note}</p>}
      <div class="incident-evidence">
        {i.still && i.cause !== "identity" && <Evidence src={media.still(i.id)} alt={t("incident.still_alt", { time: clock(i.still.at, language.value) })} testid="incident-still" mark={i.peak.box} />}
        {i.still && i.cause === "identity" && (
          <div>
            <Evidence src={media.still(i.id)} alt={t("incident.still_alt", { time: clock(i.still.at, language.value) })} testid="incident-still" mark={i.peak.box} />
            <Evidence src={media.identity(i.seat, "enrolled")} alt={t("identity.enrolled_alt")} testid="incident-enrolled" />
          </div>
        )}
        {!i.raised_by && <IncidentFacts incident={i} />}
      </div>
      {review && (
        <p><button type="button" class="button plain small" aria-expanded={clip.value} data-testid="clip-toggle"
          onClick={() => { clip.value = !clip.value; }}>{t(clip.value ? "incident.clip_close" : "incident.clip")}</button></p>
      )}
      {show && <p><button type="button" class="button plain small" data-testid="incident-seek" onClick={show}>{t("review.show")}</button></p>}
      {clip.value && review && <Clip review={review} at={i.opened} />}
      {candidate && may("proctor") && <Judgement incident={i} scenery={scenery} shown={shown} judged={judged} />}
      {!candidate && <Word incident={i} act={act} />}
    </article>
  );
}

function IncidentFacts({ incident: i }: { incident: Incident }) {
  const l = language.value;
  return (
    <dl class="facts">
      {i.peak.score > 0 && <Fact name={t("incident.peak")} value={[t("unit.percent", { value: percent(i.peak.score, language.value) }), i.peak.detail].filter(Boolean).join(" · ")} />}
      <Fact name={t("incident.network")} value={i.network.connected ? t("wall.network", { kbit: kilobits(i.network.bits), loss: percent(i.network.loss, language.value) }) : t("incident.network_off")} />
      <Fact name={t("incident.client")} value={i.client || t("incident.client_none")} />
      <Fact name={t("incident.warned")} value={given(i.warned) ? clock(i.warned, l) : t("incident.not_warned")} />
      {i.fault && <Fact name={t("incident.fault")} value={t("incident.fault_text")} />}
    </dl>
  );
}

function Judgement({ incident, scenery, shown, judged }: Pick<Props, "incident" | "scenery" | "shown" | "judged">) {
  const open = useSignal<"" | "confirm" | "dismiss">("");
  const close = () => { open.value = ""; };
  if (open.value === "confirm") return <ConfirmForm incident={incident} cancel={close} done={judged} />;
  if (open.value === "dismiss") return <DismissForm incident={incident} scenery={scenery} shown={shown} cancel={close} done={judged} />;
  return (
    <div class="row">
      <button type="button" class={`button ${suggestion(incident.cause) && !isHint(incident) ? "danger" : "plain"}`} data-testid="incident-confirm" onClick={() => { open.value = "confirm"; }}>{t("incident.confirm")}</button>
      <button type="button" class="button plain" data-testid="incident-dismiss" onClick={() => { open.value = "dismiss"; }}>{t("incident.dismiss")}</button>
    </div>
  );
}

function Word({ incident: i, act }: Pick<Props, "incident" | "act">) {
  return (
    <div class="word">
      <p class="small">{t(i.state === "confirmed" ? "incident.confirmed_by" : "incident.dismissed_by", { by: i.by_name || i.by || "" })}{i.text ? `: ${i.text}` : ""}</p>
      {i.act && <p><a class="button primary small" href={`/acts/${encodeURIComponent(i.act)}`} data-testid="act-link">{act ? t("incident.act_number", { number: act.number }) : t("incident.act")}</a></p>}
    </div>
  );
}
