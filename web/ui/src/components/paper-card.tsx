import { useSignal } from "@preact/signals";
import { api, register } from "../api";
import type { Shown } from "../document";
import { dateTime, given } from "../format";
import { language, t } from "../i18n";
import { printFile } from "../print";
import { may } from "../rights";
import type { Act } from "../types";
import { Form } from "./submit";
import { TextAction } from "./text-action";

interface Props { act: Act; shown: Shown | null; take: (a: Act) => void }

/** The act's paper: who printed it, where it is filed, and the package for
 * other systems. */
export function PaperCard({ act: a, shown, take }: Props) {
  if (!may("register")) return null;
  return (
    <section class="card" data-testid="paper">
      <h2>{t("paper.title")}</h2>
      <Log act={a} />
      {a.filed && <p data-testid="filed"><strong>{t("paper.filed", { case: a.filed.case, sheets: a.filed.sheets })}</strong><br /><small class="muted">{a.hands?.[a.filed.by] ?? a.filed.by}, {dateTime(a.filed.at, language.value)}</small></p>}
      {shown && <Print key={a.version} act={a} shown={shown} take={take} />}
      {may("archive") && given(a.in_force) && !a.filed && <File act={a} take={take} />}
      {may("archive") && a.filed && (
        <TextAction name="unfile" title={t("paper.unfile")} text={t("paper.unfile_text")} label={t("paper.unfile_submit")} look="danger"
          run={async (text) => take(await api.unfile(a.id, text))} />
      )}
      {given(a.in_force) && <p><a class="button plain small" href={register.package(a.id)} download data-testid="package">{t("paper.package")}</a><br /><small class="muted">{t("paper.package_text")}</small></p>}
      {a.document.digest !== "" && <p><a class="button plain small" href={register.bundle(a.id)} download data-testid="bundle">{t("paper.bundle")}</a><br /><small class="muted">{t("paper.bundle_text")}</small></p>}
    </section>
  );
}

function Log({ act: a }: { act: Act }) {
  const prints = a.prints ?? [];
  if (prints.length === 0) return <p class="muted small" data-testid="prints">{t("paper.never")}</p>;
  return (
    <ul class="plain-list small" data-testid="prints">
      {prints.map((p) => (
        <li key={p.first}>
          <strong>{p.copies > 1 ? t("paper.copies", { from: p.first, to: p.first + p.copies - 1 }) : t("paper.copy", { number: p.first })}</strong>
          {p.sha256 !== a.document.receipt.sha256 && <> · {t("paper.older")}</>}
          <br /><span class="muted">{a.hands?.[p.by] ?? p.by}, {dateTime(p.at, language.value)}</span>
        </li>
      ))}
    </ul>
  );
}

/** Counts the copies first, then prints: a print that nobody counted is worse
 * than a counted one that the printer ate. */
function Print({ act: a, shown, take }: { act: Act; shown: Shown; take: (a: Act) => void }) {
  const copies = useSignal(1);
  const submit = async () => {
    take(await api.print(a.id, shown.sha256, copies.value));
    printFile(shown.url);
  };
  return (
    <Form submit={submit} look="plain" label={t("paper.print")} testid="print-submit" disabled={!(copies.value >= 1 && copies.value <= 20)}>
      <label class="field">{t("paper.how_many")}
        <input type="number" min={1} max={20} required value={copies.value} data-testid="print-copies" onInput={(e) => { copies.value = e.currentTarget.valueAsNumber; }} />
      </label>
    </Form>
  );
}

function File({ act: a, take }: { act: Act; take: (a: Act) => void }) {
  const name = useSignal("");
  const sheets = useSignal(1);
  const submit = async () => take(await api.file(a.id, name.value.trim(), sheets.value));
  return (
    <Form submit={submit} label={t("paper.file")} testid="file-submit" disabled={!name.value.trim() || !(sheets.value >= 1 && sheets.value <= 999)}>
      <div class="file-fields">
        <label class="field">{t("paper.case")}<input type="text" maxLength={60} required value={name.value} data-testid="file-case" onInput={(e) => { name.value = e.currentTarget.value; }} /></label>
        <label class="field">{t("paper.sheets")}<input type="number" min={1} max={999} required value={sheets.value} data-testid="file-sheets" onInput={(e) => { sheets.value = e.currentTarget.valueAsNumber; }} /></label>
      </div>
    </Form>
  );
}
