// Addresses and the pages they name.

import { signal } from "@preact/signals";

export type Route =
  | { page: "login" | "account" | "exam" | "home" | "acts" | "deliveries" | "new" | "plans" | "missing" }
  | { page: "verify"; act: string; digest: string }
  | { page: "wall" | "watching" | "review" | "act" | "faults" | "plan"; id: string };

export function parse(path: string): Route {
  const [first, second, ...rest] = path.split("/").filter(Boolean).map(decode);
  if (first === "proctor" && second && rest.join("/") === "watching") return { page: "watching", id: second };
  if (first === "verify") {
    if (rest.length > 1 || (second && rest.length === 0)) return { page: "missing" };
    return { page: "verify", act: second ?? "", digest: rest[0] ?? "" };
  }
  if (rest.length > 0) return { page: "missing" };
  switch (first) {
    case undefined: return { page: "home" };
    case "login": return { page: second ? "missing" : "login" };
    case "account": return { page: second ? "missing" : "account" };
    case "exam": return { page: second ? "missing" : "exam" };
    case "proctor": return second ? { page: "wall", id: second } : { page: "home" };
    case "review": return second ? { page: "review", id: second } : { page: "missing" };
    case "exams": return { page: second === "new" ? "new" : "missing" };
    case "plan": return second ? { page: "plan", id: second } : { page: "plans" };
    case "deliveries": return { page: second ? "missing" : "deliveries" };
    case "faults": return second ? { page: "faults", id: second } : { page: "missing" };
    case "acts": return second ? { page: "act", id: second } : { page: "acts" };
    default: return { page: "missing" };
  }
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

export const route = signal<Route>({ page: "home" });

/** The register as it was last searched, to come back to. */
export const registerAddress = signal("/acts");

/** The one-time token of an examinee's link, taken out of the address. */
export function takeToken(): string {
  const token = location.hash.slice(1);
  if (token) history.replaceState(null, "", location.pathname + location.search);
  return token;
}

export function go(path: string, replace = false): void {
  if (replace) history.replaceState(null, "", path);
  else history.pushState(null, "", path);
  route.value = parse(location.pathname);
  window.scrollTo(0, 0);
}

/** Follows plain clicks on this page's own links without loading it again. */
export function startRouting(): void {
  route.value = parse(location.pathname);
  window.addEventListener("popstate", () => { route.value = parse(location.pathname); });
  document.addEventListener("click", (e) => {
    if (e.defaultPrevented || e.button !== 0 || e.metaKey || e.ctrlKey || e.shiftKey || e.altKey) return;
    const link = (e.target as Element | null)?.closest?.("a");
    if (!link || link.target || link.hasAttribute("download") || link.origin !== location.origin) return;
    if (parse(link.pathname).page === "missing" || link.hash) return;
    e.preventDefault();
    go(link.pathname + link.search);
  });
}
