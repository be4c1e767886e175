import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { media } from "../api";
import { dateTime, grouped, megabytes } from "../format";
import { language, t } from "../i18n";
import type { Act, Scan } from "../types";
import { Banner } from "./banner";

/** One scan: whose, what its code says, and the scan itself beside the act. */
export function ScanRow({ act, scan }: { act: Act; scan: Scan }) {
  const open = useSignal(false);
  const src = media.scan(act.id, scan.id);
  return (
    <>
      <p class="small">
        {t("hand.scanned", { by: act.scan_names?.[scan.by] || scan.by, time: dateTime(scan.at, language.value), size: t("unit.megabyte", { value: megabytes(scan.receipt.size, language.value) }), pages: scan.pages })}<br />
        <small class="muted hash">{`SHA-256 ${grouped(scan.receipt.sha256.slice(0, 16))}…`}</small>
      </p>
      {scan.refused && <Banner tone="danger" testid="scan-refused">{t("hand.refused", { text: scan.refused })}</Banner>}
      {!scan.refused && scan.code === "matches" && <Banner tone="ok" testid="scan-qr">{t("hand.qr_matches")}</Banner>}
      {!scan.refused && scan.code === "absent" && <Banner tone="warning" testid="scan-qr">{t("hand.qr_absent")}</Banner>}
      <div class="row">
        <button type="button" class="button plain" aria-expanded={open.value} data-testid="scan-show" onClick={() => { open.value = !open.value; }}>{t(open.value ? "hand.hide" : "hand.show")}</button>
        <a class="button plain" href={src} download={`${act.number}-scan`}>{t("hand.download")}</a>
      </div>
      {open.value && (scan.kind === "application/pdf"
        ? <ScanPDF src={src} />
        : <a href={src} target="_blank" rel="noopener"><img class="scan-picture" src={src} alt={t("hand.scan_title")} data-testid="scan-view" /></a>)}
    </>
  );
}

/** A scanned PDF in the browser's own viewer, where it has one. */
function ScanPDF({ src }: { src: string }) {
  const url = useSignal("");
  useEffect(() => {
    let made = "";
    let gone = false;
    fetch(src, { credentials: "same-origin" }).then((r) => (r.ok ? r.blob() : null)).then((b) => {
      if (b && !gone) url.value = made = URL.createObjectURL(b);
    }, () => { url.value = ""; });
    return () => { gone = true; if (made) URL.revokeObjectURL(made); };
  }, [src]);
  return url.value ? <iframe class="pdf" src={url.value} title={t("hand.scan_title")} data-testid="scan-view" /> : null;
}
