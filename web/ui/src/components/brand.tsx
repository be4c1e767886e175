import { t } from "../i18n";
import { Icon } from "./icon";

export const Brand = () => <span class="brand"><Icon name="eye" size={26} />{t("brand")}</span>;
