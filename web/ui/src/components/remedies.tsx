import { dateTime, endTime, given } from "../format";
import { language, t } from "../i18n";
import type { MyRemedy } from "../types";
import { Banner } from "./banner";

/** What inspections of a technical fault gave the examinee, each with its act. */
export function Remedies({ remedies }: { remedies: MyRemedy[] }) {
  return <>{remedies.map((r) => <Given key={r.number} remedy={r} />)}</>;
}

function Given({ remedy: r }: { remedy: MyRemedy }) {
  const l = language.value;
  return (
    <Banner tone="ok" testid="remedy" title={title(r)}>
      {r.code === "reschedule" && given(r.from) && given(r.to) && <p>{t("remedy.window", { from: dateTime(r.from, l), to: endTime(r.from, r.to, l) })}</p>}
      {r.code === "new_attempt" && <p>{t("remedy.new_attempt_text")}</p>}
      <p>{t("remedy.act", { number: r.number, time: dateTime(r.at, l) })}</p>
    </Banner>
  );
}

const title = (r: MyRemedy): string => {
  switch (r.code) {
    case "extra_time": return t("remedy.extra_time", { count: r.minutes ?? 0 });
    case "resume_attempt": return t("remedy.resume_attempt");
    case "new_attempt": return t("remedy.new_attempt");
    default: return t("remedy.reschedule");
  }
};
