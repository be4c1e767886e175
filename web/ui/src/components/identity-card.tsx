import { useSignal } from "@preact/signals";
import { api, media } from "../api";
import { dateTime, decimal } from "../format";
import { language, t } from "../i18n";
import { may } from "../rights";
import type { SeatTile } from "../types";
import { Action } from "./action";
import { Banner } from "./banner";
import { Evidence } from "./evidence";

/** Who sits there: her live still beside the photo on file. A person decides. */
export function IdentityCard({ seat }: { seat: SeatTile }) {
  const note = useSignal("");
  const identity = seat.identity!;
  const decide = (accepted: boolean) => () => api.decideIdentity(seat.id, accepted, note.value, identity.at);
  return (
    <section class="card inner" data-testid="identity">
      <h3>{t("identity.title")}</h3>
      <div class="pair">
        <figure><Evidence src={media.identity(seat.id, "live", identity.at)} alt={t("identity.live_alt")} /><figcaption>{t("identity.live", { time: dateTime(identity.at, language.value) })}</figcaption></figure>
        <figure>
          {identity.verdict === "no_photo"
            ? <span class="no-picture">{t("identity.no_photo")}</span>
            : <Evidence src={media.identity(seat.id, "enrolled")} alt={t("identity.enrolled_alt")} />}
          <figcaption>{t("identity.enrolled")}</figcaption>
        </figure>
      </div>
      <p><strong>{t(`verdict.${identity.verdict}`)}</strong></p>
      {measured(identity.verdict) && <p class="muted small">{t("identity.distance", { value: decimal(identity.distance, 2, language.value) })}</p>}
      <Decision seat={seat} />
      {may("proctor") && seat.stage === "identified" && (
        <>
          <label class="field">{t("identity.note")}
            <input type="text" maxLength={200} value={note.value} data-testid="identity-note" onInput={(e) => { note.value = e.currentTarget.value; }} />
          </label>
          <div class="row">
            <Action run={decide(true)} testid="identity-accept">{t("identity.accept")}</Action>
            <Action run={decide(false)} look="danger" testid="identity-reject">{t("identity.reject")}</Action>
          </div>
        </>
      )}
    </section>
  );
}

const measured = (verdict: string): boolean => verdict === "same" || verdict === "different";

function Decision({ seat }: { seat: SeatTile }) {
  if (seat.identity_accepted === null) return seat.stage === "identified" ? <Banner tone="info" quiet>{t("identity.person_decides")}</Banner> : null;
  return <Banner tone={seat.identity_accepted ? "ok" : "danger"} quiet>{t(seat.identity_accepted ? "identity.accepted" : "identity.rejected")}</Banner>;
}
