import { t } from "../i18n";
import { may } from "../rights";
import { route } from "../route";
import { connected, me, signOut } from "../store";
import { Banner } from "./banner";
import { Brand } from "./brand";
import { LanguageSwitch } from "./language-switch";

export function StaffHeader() {
  const page = route.value.page;
  const here = (pages: string[]) => (pages.includes(page) ? "page" : undefined);
  return (
    <>
      <header class="header">
        <a href="/proctor" class="brand-link"><Brand /></a>
        <nav class="nav" aria-label={t("nav.label")}>
          <a href="/proctor" aria-current={here(["home", "wall", "watching", "review"])} data-testid="nav-exams">{t("nav.exams")}</a>
          {may("arrange") && <a href="/plan" aria-current={here(["plans", "plan", "new"])} data-testid="nav-plan">{t("nav.plan")}</a>}
          {may("register") && <a href="/acts" aria-current={here(["acts", "act"])} data-testid="nav-acts">{t("nav.acts")}</a>}
          {may("deliveries") && <a href="/deliveries" aria-current={here(["deliveries"])} data-testid="nav-deliveries">{t("nav.deliveries")}</a>}
        </nav>
        <div class="header-end">
          <Who />
          <LanguageSwitch />
          <button type="button" class="button plain small" data-testid="logout" onClick={signOut}>{t("nav.logout")}</button>
        </div>
      </header>
      {!connected.value && <Banner tone="warning" testid="offline">{t("connection.lost")}</Banner>}
    </>
  );
}

function Who() {
  if (!me.value) return null;
  return (
    <a class="who" href="/account" title={t("nav.account")} aria-current={route.value.page === "account" ? "page" : undefined} data-testid="nav-account">
      <strong data-testid="me-name">{me.value.name}</strong>
      <small>{me.value.roles.map((r) => t(`role.${r}`)).join(" · ")}</small>
    </a>
  );
}
