import { useSignal } from "@preact/signals";
import { api } from "../api";
import type { Shown } from "../document";
import { t } from "../i18n";
import { printFile } from "../print";
import { has } from "../rights";
import { scanRoles, type Act, type Scan } from "../types";
import { Action, useAction } from "./action";
import { AttestForm } from "./attest-form";
import { Banner } from "./banner";
import { FileChoice } from "./file-choice";
import { ScanRow } from "./scan-row";

interface Props { act: Act; shown: Shown; take: (a: Act) => void }

/** The most a scan may be, bytes; the server holds it. */
const scanLimit = 20 << 20;

/** Signing by hand: print, sign, scan, attest. Folded away until wanted, or
 * until a scan waits for somebody's word. */
export function HandCard({ act, shown, take }: Props) {
  const scans = (act.scans ?? []).filter((s) => s.version === act.version);
  const wanted = useSignal(false);
  const open = wanted.value || scans.length > 0;
  if (!open) return <p><button type="button" class="button plain" data-testid="hand" onClick={() => { wanted.value = true; }}>{t("hand.title")}</button></p>;
  return (
    <section class="card" data-testid="hand-card">
      <h2>{t("hand.title")}</h2>
      <p class="small">{t("hand.text")}</p>
      <ol class="hand-steps">
        <li><Print act={act} shown={shown} take={take} /></li>
        <li><strong>{t("hand.sign")}</strong><br /><small class="muted">{t("hand.sign_text")}</small></li>
        <li><Bring act={act} take={take} /></li>
        <li>
          <strong>{t("hand.attest")}</strong><br /><small class="muted">{t("hand.attest_text")}</small>
          {scans.length === 0 && <p class="small muted">{t("hand.no_scan")}</p>}
        </li>
      </ol>
      {scans.map((s) => <ScanEntry key={s.id} act={act} scan={s} shown={shown} take={take} />)}
    </section>
  );
}

/** Counts the copy, then prints it: the register knows of every print. */
function Print({ act, shown, take }: Props) {
  const print = async () => {
    take(await api.print(act.id, shown.sha256, 1));
    printFile(shown.url);
  };
  return (
    <>
      <strong>{t("hand.print")}</strong><br />
      <Action look="plain" run={print} testid="hand-print">{t("hand.print_open", { number: act.number, version: act.version })}</Action>
    </>
  );
}

/** Bringing the scan in, with its progress. */
function Bring({ act, take }: { act: Act; take: (a: Act) => void }) {
  const percent = useSignal(-1);
  const tooLarge = useSignal(false);
  const send = useAction(async (file: File) => {
    tooLarge.value = file.size > scanLimit;
    if (tooLarge.value) return;
    percent.value = 0;
    try {
      take(await api.scan(act.id, act.version, file, (p) => { percent.value = p; }));
    } finally {
      percent.value = -1;
    }
  });
  return (
    <>
      <strong>{t("hand.scan")}</strong><br />
      <small class="muted">{t("hand.scan_text")}</small>
      <div class="row">
        <FileChoice label={t("hand.scan_choose")} accept="application/pdf,image/jpeg,image/png" busy={send.busy.value} choose={send.run} testid="scan-file" />
      </div>
      {percent.value >= 0 && <progress class="backfill-progress" max={100} value={percent.value} aria-label={t("hand.sending", { percent: percent.value })} />}
      {tooLarge.value && <Banner tone="danger" testid="scan-error">{t("hand.too_large")}</Banner>}
      {send.error.value && <Banner tone="danger" testid="scan-error">{send.error.value}</Banner>}
    </>
  );
}

function ScanEntry({ act, scan, shown, take }: Props & { scan: Scan }) {
  const mine = scanRoles.some(has);
  return (
    <div class="scan" data-testid={`scan-${scan.code}`} data-refused={!!scan.refused}>
      <ScanRow act={act} scan={scan} />
      {mine && !scan.refused && act.next && <AttestForm key={`${scan.id} ${act.signatures?.length ?? 0}`} act={act} scan={scan} shown={shown} take={take} />}
    </div>
  );
}
