import { useEffect, useState } from "preact/hooks";
import { Loading } from "./components/loading";
import { StaffHeader } from "./components/staff-header";
import { language, t } from "./i18n";
import { AccountPage } from "./pages/account-page";
import { ActPage } from "./pages/act-page";
import { ActsPage } from "./pages/acts-page";
import { DeliveriesPage } from "./pages/deliveries-page";
import { ExamPage } from "./pages/exam-page";
import { FaultsPage } from "./pages/faults-page";
import { HomePage } from "./pages/home-page";
import { LoginPage } from "./pages/login-page";
import { MissingPage } from "./pages/missing-page";
import { NewExamPage } from "./pages/new-exam-page";
import { PlanPage } from "./pages/plan-page";
import { ReviewPage } from "./pages/review-page";
import { VerifyPage } from "./pages/verify-page";
import { WallPage } from "./pages/wall-page";
import { WatchingPage } from "./pages/watching-page";
import { go, route, type Route } from "./route";
import { findMe, isExaminee, me, messageOf } from "./store";

export function App() {
  const r = route.value;
  useEffect(() => {
    document.title = `${t(`title.${r.page}`)} — ${t("brand")}`;
  }, [r.page, language.value]);
  if (r.page === "exam") return <ExamPage />;
  if (r.page === "login") return <LoginPage />;
  if (r.page === "verify") return <VerifyPage act={r.act} digest={r.digest} />;
  return <Staff route={r} />;
}

/** The pages of the staff: only for those who are signed in. */
function Staff({ route }: { route: Route }) {
  const [error, setError] = useState("");
  const find = () => {
    setError("");
    findMe().catch((e) => setError(messageOf(e)));
  };
  useEffect(() => {
    if (me.value === undefined) find();
  }, []);
  const who = me.value;
  useEffect(() => {
    if (who === null) go(`/login?next=${encodeURIComponent(location.pathname)}`, true);
    else if (who && isExaminee(who)) go("/exam", true);
  }, [who]);
  if (!who || isExaminee(who)) return <Loading error={error} retry={find} />;
  return (
    <>
      <a class="skip" href="#main">{t("nav.skip")}</a>
      <StaffHeader />
      <main id="main" class={`page page-${route.page}`} tabIndex={-1}><Page route={route} /></main>
    </>
  );
}

function Page({ route }: { route: Route }) {
  switch (route.page) {
    case "home": case "plans": return <HomePage key={route.page} />;
    case "new": return <NewExamPage />;
    case "plan": return <PlanPage key={route.id} exam={route.id} />;
    case "wall": return <WallPage key={route.id} exam={route.id} />;
    case "watching": return <WatchingPage key={route.id} exam={route.id} />;
    case "review": return <ReviewPage key={route.id} seat={route.id} />;
    case "account": return <AccountPage />;
    case "acts": return <ActsPage />;
    case "deliveries": return <DeliveriesPage />;
    case "faults": return <FaultsPage key={route.id} exam={route.id} />;
    case "act": return <ActPage key={route.id} id={route.id} />;
    default: return <MissingPage />;
  }
}
