import { t } from "../i18n";
import type { Officials, Role, Staff } from "../types";

interface Props { order: readonly Role[]; staff: Staff[]; chosen: Officials; change: (o: Officials) => void }

/** Who signs in each role: a substitute is named here. */
export function OfficialChoice({ order, staff, chosen, change }: Props) {
  return (
    <fieldset class="reasons">
      <legend>{t("edit.officials")}</legend>
      {order.map((role) => (
        <label key={role} class="field">{t(`role.${role}`)}
          <select value={chosen[role] ?? ""} data-testid={`edit-official-${role}`} onChange={(e) => change({ ...chosen, [role]: e.currentTarget.value })}>
            {!chosen[role] && <option value="">{t("edit.automatic")}</option>}
            {staff.filter((p) => p.roles.includes(role) || p.login === chosen[role]).map((p) => <option key={p.login} value={p.login}>{p.name}</option>)}
          </select>
        </label>
      ))}
    </fieldset>
  );
}
