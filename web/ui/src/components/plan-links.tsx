import { useEffect } from "preact/hooks";
import { writeTable } from "../csv";
import { t } from "../i18n";
import { forget, issued, markSaved } from "../links";
import { rosterColumns } from "../roster";
import { save } from "../save";
import { me } from "../store";
import { Banner } from "./banner";

/** The links of the seats that were just given, which nobody is told again. */
export function PlanLinks({ exam, title }: { exam: string; title: string }) {
  const links = issued.value.filter((l) => l.exam === exam && l.by === me.value?.login);
  const unsaved = links.filter((l) => !l.saved).length;
  useEffect(() => {
    if (unsaved === 0) return;
    const ask = (e: BeforeUnloadEvent) => e.preventDefault();
    window.addEventListener("beforeunload", ask);
    return () => window.removeEventListener("beforeunload", ask);
  }, [unsaved > 0]);
  if (links.length === 0) return null;
  const download = () => {
    const head = [...rosterColumns.map((c) => t(`roster.${c}`)), t("links.link")];
    save(`${title}.csv`, writeTable([head, ...links.map((l) => [...rosterColumns.map((c) => l.examinee[c]), l.url])]));
    markSaved(exam);
  };
  return (
    <section class="card" data-testid="links">
      <h2>{t("links.title", { count: links.length })}</h2>
      <Banner tone={unsaved > 0 ? "warning" : "info"}>{t("links.secret")}</Banner>
      <p class="row">
        <button type="button" class="button primary" data-testid="links-save" onClick={download}>{t("links.save")}</button>
        {unsaved === 0 && <button type="button" class="button plain" data-testid="links-forget" onClick={() => forget(exam)}>{t("links.forget")}</button>}
      </p>
      <details>
        <summary>{t("links.show")}</summary>
        <ul class="plain-list">
          {links.map((l) => (
            <li key={l.url}>
              <label class="field">{l.examinee.name} · {l.examinee.student_id}
                <input type="text" readOnly value={l.url} data-testid="link" data-student={l.examinee.student_id} onFocus={(e) => e.currentTarget.select()} />
              </label>
            </li>
          ))}
        </ul>
      </details>
    </section>
  );
}
