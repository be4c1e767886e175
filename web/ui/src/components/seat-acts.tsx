import { t } from "../i18n";
import type { Act } from "../types";
import { ActState } from "./act-state";

export function SeatActs({ acts }: { acts: Act[] }) {
  if (acts.length === 0) return null;
  return (
    <section>
      <h3>{t("panel.acts")}</h3>
      <ul class="plain-list">
        {acts.map((a) => <li key={a.id} class="row"><a href={`/acts/${encodeURIComponent(a.id)}`}>{a.number}</a> <ActState act={a} /></li>)}
      </ul>
    </section>
  );
}
