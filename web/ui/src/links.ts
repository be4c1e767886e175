// Examinees' links as the server told them, which it does once: they are kept
// while this page is open, for who was given them, and nowhere else.

import { signal } from "@preact/signals";
import type { Examinee } from "./types";

export interface IssuedLink { by: string; exam: string; examinee: Examinee; url: string; saved: boolean }

export const issued = signal<IssuedLink[]>([]);

export const issue = (link: Omit<IssuedLink, "saved">): void => { issued.value = [...issued.value, { ...link, saved: false }]; };

export function markSaved(exam: string): void {
  issued.value = issued.value.map((l) => (l.exam === exam ? { ...l, saved: true } : l));
}

export const forget = (exam?: string): void => { issued.value = exam ? issued.value.filter((l) => l.exam !== exam) : []; };
