import { t } from "../i18n";
import type { Signature } from "../types";

interface Props { role: string; method: Signature["method"]; revocation?: Signature["revocation"]; attester?: string }

/** How somebody signed, if not with her key on this server, and what is not
 * known of her certificate. */
export function SignatureWay({ role, method, revocation, attester }: Props) {
  if (method === "paper") return <small data-testid={`way-${role}`}><br />{t("hand.by_hand", { name: attester ?? "" })}</small>;
  if (method !== "ncalayer") return null;
  return (
    <small data-testid={`way-${role}`}>
      <br />{t("signatures.ncalayer")}
      {revocation === "unknown" && <><br /><strong>{t("signatures.revocation_unknown")}</strong></>}
    </small>
  );
}
