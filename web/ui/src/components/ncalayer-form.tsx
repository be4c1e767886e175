import { sealHint } from "../judgement";
import { useSignal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { api } from "../api";
import type { Shown } from "../document";
import { grouped } from "../format";
import { language, t } from "../i18n";
import { NCALayer, NCALayerError } from "../ncalayer";
import { me } from "../store";
import type { Act, Role } from "../types";
import { Banner } from "./banner";
import { Form } from "./submit";

interface Props { act: Act; role: Role; shown: Shown | null; take: (a: Act) => void }
type Step = "" | "prepare" | "connect" | "key" | "check";

/** Signing with the national PKI: the server prepares, NCALayer on this
 * machine signs, the server checks. Shown where the server offers it. */
export function NCALayerForm(p: Props) {
  return me.value?.ncalayer ? <Offered {...p} /> : null;
}

function Offered({ act, role, shown, take }: Props) {
  const read = useSignal(false);
  const step = useSignal<Step>("");
  const trouble = useSignal<NCALayerError | null>(null);
  const layer = useMemo(() => new NCALayer(), []);
  const sign = async () => {
    step.value = "prepare";
    const offer = await api.ncaLayerOffer(act.id, role, shown!.sha256);
    step.value = "connect";
    const cms = await layer.sign({ ...offer, locale: language.value }, () => { step.value = "key"; });
    step.value = "check";
    take(await api.ncaLayerSign(act.id, offer.session, cms));
  };
  const submit = async () => {
    trouble.value = null;
    try {
      await sign();
    } catch (e) {
      if (!(e instanceof NCALayerError)) throw e;
      trouble.value = e;
    } finally {
      step.value = "";
    }
  };
  return (
    <section class="card" data-testid="ncalayer">
      <h2>{t("ncalayer.title")}</h2>
      <p class="small">{t("ncalayer.what", { number: act.number, version: act.version, role: t(`role.${role}`) })}</p>
      {shown && <p class="small muted">{t("document.hash")} <code class="hash">{grouped(shown.sha256)}</code></p>}
      <Form submit={submit} disabled={!shown || !read.value} label={t("ncalayer.submit")} testid="ncalayer-submit">
        <label class="check"><input type="checkbox" checked={read.value} data-testid="ncalayer-read" onChange={(e) => { read.value = e.currentTarget.checked; }} /><span>{t("sign.read")}</span></label>
        <p class="muted small">{t(sealHint(act))}</p>
        {step.value && <p class="small" role="status" data-testid="ncalayer-step">{t(`ncalayer.step.${step.value}`)}</p>}
        {trouble.value && <Trouble error={trouble.value} />}
      </Form>
    </section>
  );
}

/** What is wrong and what to do about it; the form's button tries again. */
function Trouble({ error }: { error: NCALayerError }) {
  const missing = error.trouble === "absent" || error.trouble === "silent";
  return (
    <Banner tone={error.trouble === "cancelled" ? "info" : "danger"} testid={`ncalayer-${error.trouble}`}>
      <p>{t(`ncalayer.trouble.${error.trouble}`)}</p>
      {error.detail && <p class="small">{t("ncalayer.detail", { detail: error.detail })}</p>}
      {missing && (
        <p class="small">
          <a href="https://ncl.pki.gov.kz/" target="_blank" rel="noreferrer">{t("ncalayer.install")}</a>{" · "}
          <a href="https://127.0.0.1:13579/" target="_blank" rel="noreferrer">{t("ncalayer.trust")}</a>
        </p>
      )}
    </Banner>
  );
}
