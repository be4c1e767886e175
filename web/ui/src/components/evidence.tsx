import { useState } from "preact/hooks";
import { t } from "../i18n";
import type { Box } from "../types";
import { Boxes } from "./boxes";

/** A picture kept as evidence, with a box on it where that says more; a
 * sentence when it cannot be had. */
export function Evidence({ src, alt, testid, mark }: { src: string; alt: string; testid?: string; mark?: Box }) {
  const [missing, setMissing] = useState("");
  const [size, setSize] = useState<[number, number] | null>(null);
  if (missing === src) return <span class="no-picture">{t("evidence.missing")}</span>;
  const img = (
    <img src={src} alt={alt} data-testid={testid} onError={() => setMissing(src)}
      onLoad={(e) => setSize([e.currentTarget.naturalWidth || 640, e.currentTarget.naturalHeight || 480])} />
  );
  if (!mark) return img;
  return <span class="marked">{img}{size && <Boxes size={size} mark={mark} />}</span>;
}
