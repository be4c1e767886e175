import { useState } from "preact/hooks";
import { t } from "../i18n";

/** A picture kept as evidence; a sentence when it cannot be had. */
export function Evidence({ src, alt, testid }: { src: string; alt: string; testid?: string }) {
  const [missing, setMissing] = useState("");
  if (missing === src) return <span class="no-picture">{t("evidence.missing")}</span>;
  return <img src={src} alt={alt} data-testid={testid} onError={() => setMissing(src)} />;
}
