import { t } from "../i18n";
import type { Act } from "../types";
import { Badge } from "./badge";
import type { Tone } from "./banner";

const tones: Record<Act["state"], Tone | "plain"> = {
  drafted: "info", signing: "info", in_force: "danger", refused: "warning", withdrawn: "plain", superseded: "plain",
};

/** Where an act stands, with how many have signed while they sign. */
export function ActState({ act }: { act: Act }) {
  const signed = act.signatures?.length ?? 0;
  const open = act.state === "drafted" || act.state === "signing";
  return (
    <Badge tone={act.appendix === "B" && act.state === "in_force" ? "ok" : tones[act.state]} icon="document" testid="act-state">
      {t(act.appendix === "B" && act.state === "in_force" ? "act_state.decided" : `act_state.${act.state}`)}{open ? ` · ${t("acts.signed", { count: signed })}` : ""}
    </Badge>
  );
}
