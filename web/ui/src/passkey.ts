// Passkeys in the browser: the server's options in, what the server reads out.

import { t } from "./i18n";
import type { Assertion } from "./types";

interface PRF { enabled?: boolean; results?: { first?: BufferSource } }
interface Descriptor { id: string; type: "public-key"; transports?: AuthenticatorTransport[] }
interface Extensions { prf?: { eval?: { first: string } } }

/** The server's PublicKeyCredentialCreationOptions; bytes are base64url. */
export interface CreationOptions {
  rp: PublicKeyCredentialRpEntity; user: { id: string; name: string; displayName: string }; challenge: string;
  pubKeyCredParams: PublicKeyCredentialParameters[]; timeout?: number; excludeCredentials?: Descriptor[];
  authenticatorSelection?: AuthenticatorSelectionCriteria; attestation?: AttestationConveyancePreference; extensions?: Extensions;
}

/** The server's PublicKeyCredentialRequestOptions. */
export interface RequestOptions {
  challenge: string; timeout?: number; rpId: string; allowCredentials?: Descriptor[];
  userVerification?: UserVerificationRequirement; extensions?: Extensions;
}

export const supported = (): boolean => typeof PublicKeyCredential !== "undefined" && !!navigator.credentials;

/** Makes a passkey; prf is its secret that opens the signing key, if it has one. */
export async function create(o: CreationOptions): Promise<{ response: unknown; prf?: string }> {
  const made = await asked(() => navigator.credentials.create({ publicKey: {
    ...o, challenge: bytes(o.challenge), user: { ...o.user, id: bytes(o.user.id) },
    excludeCredentials: o.excludeCredentials?.map(descriptor), extensions: extensions(o.extensions),
  } }));
  const answer = made.response as AuthenticatorAttestationResponse;
  const id = url64(made.rawId);
  return {
    response: {
      id, rawId: id, type: made.type, clientExtensionResults: {},
      response: {
        clientDataJSON: url64(answer.clientDataJSON), attestationObject: url64(answer.attestationObject),
        transports: answer.getTransports?.() ?? [],
      },
    },
    prf: await secret(o, made),
  };
}

/** The secret of a new passkey. Some authenticators tell it only when they are used. */
async function secret(o: CreationOptions, made: PublicKeyCredential): Promise<string | undefined> {
  const said = prfOf(made);
  if (said?.results?.first) return base64(said.results.first);
  if (!said?.enabled) return undefined;
  try {
    const used = await asked(() => navigator.credentials.get({ publicKey: {
      challenge: crypto.getRandomValues(new Uint8Array(32)), rpId: o.rp.id, userVerification: "required", timeout: o.timeout,
      allowCredentials: [{ id: made.rawId, type: "public-key" }], extensions: extensions(o.extensions),
    } }));
    const first = prfOf(used)?.results?.first;
    return first && base64(first);
  } catch {
    return undefined; // the passkey is good; it will go together with the password
  }
}

/** Lets a passkey agree to what the server asks. */
export async function agree(o: RequestOptions): Promise<Assertion> {
  const used = await asked(() => navigator.credentials.get({ publicKey: {
    challenge: bytes(o.challenge), rpId: o.rpId, timeout: o.timeout, userVerification: o.userVerification,
    allowCredentials: o.allowCredentials?.map(descriptor), extensions: extensions(o.extensions),
  } }));
  const answer = used.response as AuthenticatorAssertionResponse;
  const first = prfOf(used)?.results?.first;
  return {
    id: base64(used.rawId), client_data: base64(answer.clientDataJSON), authenticator_data: base64(answer.authenticatorData),
    signature: base64(answer.signature), prf: first && base64(first),
  };
}

async function asked(call: () => Promise<Credential | null>): Promise<PublicKeyCredential> {
  if (!supported()) throw new Error(t("passkey.unsupported"));
  let found: Credential | null;
  try {
    found = await call();
  } catch (e) {
    throw new Error(sentence(e));
  }
  if (!found) throw new Error(t("passkey.cancelled"));
  return found as PublicKeyCredential;
}

/** Why it came to nothing. Browsers do not tell "cancelled" from "not on this device". */
function sentence(e: unknown): string {
  switch ((e as DOMException)?.name) {
    case "NotAllowedError": case "AbortError": case "TimeoutError": return t("passkey.cancelled");
    case "InvalidStateError": return t("passkey.already");
    case "SecurityError": return t("passkey.host");
    case "NotSupportedError": case "ConstraintError": return t("passkey.device");
    default: return t("passkey.failed");
  }
}

const prfOf = (c: PublicKeyCredential): PRF | undefined => (c.getClientExtensionResults() as { prf?: PRF }).prf;

const extensions = (e?: Extensions) =>
  (e?.prf?.eval ? { prf: { eval: { first: bytes(e.prf.eval.first) } } } : {}) as AuthenticationExtensionsClientInputs;

const descriptor = (d: Descriptor): PublicKeyCredentialDescriptor => ({ ...d, id: bytes(d.id) });

export function bytes(url: string): Uint8Array<ArrayBuffer> {
  const raw = atob(url.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(raw, (c) => c.charCodeAt(0));
}

export function base64(b: BufferSource): string {
  const view = b instanceof ArrayBuffer ? new Uint8Array(b) : new Uint8Array(b.buffer, b.byteOffset, b.byteLength);
  let raw = "";
  for (const byte of view) raw += String.fromCharCode(byte);
  return btoa(raw);
}

export const url64 = (b: BufferSource): string => base64(b).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
