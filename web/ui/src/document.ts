// The bytes of an act's PDF, and the hash that a signer names.

import { api } from "./api";
import { hex } from "./format";
import type { Act } from "./types";

export interface Shown { url: string; sha256: string; size: number }

/** Fetches the document that would be signed. The caller revokes its URL. */
export async function fetchDocument(act: Act): Promise<Shown> {
  const bytes = await api.pdf(act.id);
  return {
    url: URL.createObjectURL(new Blob([bytes], { type: "application/pdf" })),
    sha256: await digest(bytes, act.document.receipt.sha256),
    size: bytes.byteLength,
  };
}

/** SHA-256 as hex. Browsers offer it to secure pages only; elsewhere it is
 * the server's own word. */
async function digest(bytes: ArrayBuffer, otherwise: string): Promise<string> {
  if (!globalThis.crypto?.subtle) return otherwise;
  return hex(await crypto.subtle.digest("SHA-256", bytes));
}
