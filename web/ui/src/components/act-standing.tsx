import { dateTime, given } from "../format";
import { language, t } from "../i18n";
import type { Act } from "../types";
import { Banner } from "./banner";

/** What the act means for the score, in one sentence; spoken when it changes. */
export const ActStanding = ({ act }: { act: Act }) => <div aria-live="polite"><Standing act={act} /></div>;

/** The same of Appendix B, which is about a fault and touches no score. */
function InspectionStanding({ act: a }: { act: Act }) {
  const count = a.signatures?.length ?? 0;
  const turn = a.turns.map((r) => t(`role.${r}`)).join(", ");
  switch (a.state) {
    case "drafted":
    case "signing":
      return <Banner quiet tone="info" title={t(a.inspection?.code ? "standing.inspects" : "standing.undecided", { count })} testid="act-standing">{a.inspection?.code ? t("standing.turn", { role: turn }) : null}</Banner>;
    case "in_force":
      return <Banner quiet tone="ok" title={t("standing.decided")} testid="act-standing">{a.inspection?.code ? t(`decision.${a.inspection.code}`) : null}</Banner>;
    case "refused":
      return <Banner quiet tone="warning" title={t("standing.inspection_refused")} testid="act-standing">{a.refusal}</Banner>;
    default:
      return <Banner quiet tone="info" title={t("standing.inspection_over")} testid="act-standing" />;
  }
}

function Standing({ act: a }: { act: Act }) {
  if (a.appendix === "B") return <InspectionStanding act={a} />;
  const count = a.signatures?.length ?? 0;
  const time = given(a.in_force) ? dateTime(a.in_force, language.value) : "";
  const turn = a.turns.map((r) => t(`role.${r}`)).join(", ");
  switch (a.state) {
    case "drafted":
    case "signing":
      return <Banner quiet tone="info" title={t("standing.open", { count })} testid="act-standing">{t("standing.turn", { role: turn })}</Banner>;
    case "in_force":
      return <Banner quiet tone="danger" title={t("standing.in_force")} testid="act-standing">{t("standing.since", { time })}</Banner>;
    case "refused":
      return <Banner quiet tone="warning" title={t("standing.refused")} testid="act-standing">{a.refusal}</Banner>;
    case "withdrawn":
      return <Banner quiet tone="info" title={t("standing.withdrawn")} testid="act-standing" />;
    case "superseded":
      return <Banner quiet tone="info" title={t("standing.superseded")} testid="act-standing" />;
  }
}
