import { t } from "../i18n";
import type { Signature } from "../types";

/** How somebody signed with the national PKI, and what of her certificate is
 * not known; nothing for the other ways. */
export function SignatureWay({ signature: s }: { signature: Signature }) {
  if (s.method !== "ncalayer") return null;
  return (
    <small data-testid={`way-${s.role}`}>
      <br />{t("signatures.ncalayer")}
      {s.revocation === "unknown" && <><br /><strong>{t("signatures.revocation_unknown")}</strong></>}
    </small>
  );
}
