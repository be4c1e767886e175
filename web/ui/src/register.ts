// What the register is searched by, as its address holds it.

/** The filters of the register; "" is any. The keys are the query's. */
export interface Filters {
  q: string; state: string; appendix: string; year: string; exam: string; from: string; to: string; reason: string;
  mine: string; printed: string; filed: string; due: string;
}

export const noFilters: Filters = {
  q: "", state: "", appendix: "", year: "", exam: "", from: "", to: "", reason: "", mine: "", printed: "", filed: "", due: "",
};

/** Reads an address's query; what it does not know it leaves out. */
export function readFilters(search: string): Filters {
  const query = new URLSearchParams(search);
  const out = { ...noFilters };
  for (const key of Object.keys(out) as (keyof Filters)[]) out[key] = (query.get(key) ?? "").slice(0, 200);
  return out;
}

/** The query of filters, "" or with its question mark; empty ones are left out. */
export function writeFilters(f: Filters, more: Record<string, string> = {}): string {
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries({ ...f, ...more })) if (value) query.set(key, value);
  const text = query.toString();
  return text && `?${text}`;
}

/** How many filters are set besides the words and the state. */
export const chosen = (f: Filters): number =>
  Object.entries(f).filter(([key, value]) => value && key !== "q" && key !== "state").length;
