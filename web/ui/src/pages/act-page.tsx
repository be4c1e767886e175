import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { api } from "../api";
import { ActDocument } from "../components/act-document";
import { ActForm } from "../components/act-form";
import { ActSide } from "../components/act-side";
import { ActState } from "../components/act-state";
import { ActStanding } from "../components/act-standing";
import { InspectionForm } from "../components/inspection-form";
import { Loading } from "../components/loading";
import { fetchDocument, type Shown } from "../document";
import { t } from "../i18n";
import { may } from "../rights";
import { registerAddress } from "../route";
import { messageOf } from "../store";
import type { Act } from "../types";

/** One act: where it stands, the document itself, and what may be done. */
export function ActPage({ id }: { id: string }) {
  const act = useSignal<Act | null>(null);
  const error = useSignal("");
  const take = (a: Act) => {
    if (act.value && act.value.state !== a.state) window.scrollTo({ top: 0 }); // what it now means is said there
    act.value = a;
    error.value = "";
  };
  const load = () => api.act(id).then(take, (e) => { error.value = messageOf(e); });
  useEffect(() => { load(); }, [id]);
  const rendered = !!act.value?.document.digest;
  useEffect(() => { // soon while the document is made, now and then for others' signatures
    const timer = setInterval(load, rendered ? 5000 : 700);
    return () => clearInterval(timer);
  }, [id, rendered]);
  const a = act.value;
  if (!a) return <Loading error={error.value} retry={load} />;
  return <Shown act={a} take={take} />;
}

function Shown({ act: a, take }: { act: Act; take: (a: Act) => void }) {
  const shown = useDocument(a);
  return (
    <div data-testid="act" data-state={a.state} data-document={shown.document?.sha256 ?? ""}>
      <div class="act-head">
        {may("register") && <p><a class="back" href={registerAddress.value}>← {t("acts.title")}</a></p>}
        <h1>{t("act.title", { number: a.number })}</h1>
        <div class="badges"><ActState act={a} /></div>
      </div>
      <ActStanding act={a} />
      <div class="act-layout">
        <div class="act-papers">
          {a.appendix === "B" ? <InspectionForm act={a} /> : <ActForm act={a} />}
          <ActDocument act={a} shown={shown.document} error={shown.error} />
        </div>
        <ActSide act={a} shown={shown.document} take={take} />
      </div>
    </div>
  );
}

/** The act's current document, fetched again when it is another one. */
function useDocument(act: Act): { document: Shown | null; error: string } {
  const document = useSignal<Shown | null>(null);
  const error = useSignal("");
  const version = act.document.digest && act.document.receipt.sha256;
  useEffect(() => {
    if (!version) return;
    let gone = false;
    let url = "";
    fetchDocument(act).then((d) => {
      url = d.url;
      if (gone) return URL.revokeObjectURL(url);
      document.value = d;
      error.value = "";
    }, (e) => { error.value = messageOf(e); });
    return () => {
      gone = true;
      document.value = null;
      if (url) URL.revokeObjectURL(url);
    };
  }, [act.id, version]);
  return { document: document.value, error: error.value };
}
