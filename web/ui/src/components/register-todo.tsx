import { t, type Key } from "../i18n";
import { noFilters, type Filters } from "../register";
import type { ActList } from "../types";

interface Props { list: ActList; filters: Filters; change: (f: Filters) => void }

/** What is still to be done in the whole register, each a filter of its own. */
export function RegisterTodo({ list, filters, change }: Props) {
  const all: { key: Key; count: number; set: Partial<Filters>; on: boolean; testid: string }[] = [
    { key: "acts.mine", count: list.mine, set: { mine: "true" }, on: filters.mine === "true", testid: "acts-mine" },
    { key: "acts.print_due", count: list.print_due, set: { due: "print" }, on: filters.due === "print", testid: "acts-print-due" },
    { key: "acts.filing_due", count: list.filing_due, set: { due: "file" }, on: filters.due === "file", testid: "acts-filing-due" },
  ];
  const due = all.filter((x) => x.count > 0 || x.on);
  if (due.length === 0) return null;
  return (
    <p class="row acts-todo">
      {due.map((x) => (
        <button key={x.key} type="button" class="button plain small" aria-pressed={x.on} data-testid={x.testid}
          onClick={() => change(x.on ? noFilters : { ...noFilters, ...x.set })}>{t(x.key, { count: x.count })}</button>
      ))}
    </p>
  );
}
