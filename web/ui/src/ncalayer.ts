// NCALayer, the program on an official's own machine that signs with her
// certificate of the national PKI. It listens on loopback, greets with its
// version, and shows its own window in which she chooses the key and types its
// password: nothing of the key comes here.

export const ncaLayerAddress = "wss://127.0.0.1:13579/";

/** Why there is no signature. A browser does not tell a program that is not
 * running from one whose certificate it does not trust: both are absent. */
export type Trouble = "absent" | "busy" | "silent" | "cancelled" | "refused" | "closed" | "late" | "answer";

export class NCALayerError extends Error {
  /** detail is NCALayer's own word, where it says why it refuses. */
  constructor(readonly trouble: Trouble, readonly detail = "") {
    super(detail || trouble);
  }
}

/** What is to be signed, and with whose certificate; as the server offers it. */
export interface Order { data: string; iin: string; bin: string; usages: string[]; locale: string }

/** As much of a WebSocket as is used here. */
export interface Wire {
  onmessage: ((e: { data: unknown }) => void) | null;
  onclose: (() => void) | null;
  send(text: string): void;
  close(): void;
}

/** How long to wait, ms: until it greets, and for a person who looks for her
 * token and types a password. */
export interface Patience { greeting: number; signature: number }

const patience: Patience = { greeting: 8_000, signature: 9.5 * 60_000 };

/** The request, exactly as kz.gov.pki.knca.basics takes it: a detached CMS. */
export const request = (o: Order) => ({
  module: "kz.gov.pki.knca.basics",
  method: "sign",
  args: {
    allowedStorages: null,
    format: "cms",
    data: o.data,
    signingParams: { decode: true, encapsulate: false, digested: false, tsaProfile: {} },
    signerParams: { extKeyUsageOids: o.usages, iin: o.iin, ...(o.bin ? { bin: o.bin } : {}), chain: null },
    locale: o.locale,
  },
});

/** One NCALayer; it signs one thing at a time. */
export class NCALayer {
  private signing = false;

  constructor(
    private readonly connect: () => Wire = () => new WebSocket(ncaLayerAddress) as unknown as Wire,
    private readonly wait: Patience = patience,
  ) {}

  /** Returns the CMS in PEM, or fails with an NCALayerError. greeted is called
   * when NCALayer has shown up and its window opens. */
  async sign(order: Order, greeted: () => void = () => undefined): Promise<string> {
    if (this.signing) throw new NCALayerError("busy");
    this.signing = true;
    try {
      return await this.talk(order, greeted);
    } finally {
      this.signing = false;
    }
  }

  private talk(order: Order, greeted: () => void): Promise<string> {
    return new Promise((resolve, reject) => {
      let wire: Wire;
      try {
        wire = this.connect();
      } catch {
        return reject(new NCALayerError("absent"));
      }
      let asked = false;
      let timer: ReturnType<typeof setTimeout>;
      const end = (finish: () => void) => {
        clearTimeout(timer);
        wire.onmessage = wire.onclose = null;
        wire.close();
        finish();
      };
      const fail = (e: unknown) => end(() => reject(e));
      timer = setTimeout(() => fail(new NCALayerError("silent")), this.wait.greeting);
      wire.onclose = () => fail(new NCALayerError(asked ? "closed" : "absent"));
      wire.onmessage = (e) => {
        try {
          if (asked) {
            const cms = signature(e.data);
            return end(() => resolve(cms));
          }
          greeting(e.data);
          asked = true;
          clearTimeout(timer);
          timer = setTimeout(() => fail(new NCALayerError("late")), this.wait.signature);
          wire.send(JSON.stringify(request(order)));
          greeted();
        } catch (error) {
          fail(error);
        }
      };
    });
  }
}

function parse(data: unknown): Record<string, unknown> {
  try {
    const value: unknown = typeof data === "string" ? JSON.parse(data) : null;
    if (value && typeof value === "object" && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // said below
  }
  throw new NCALayerError("answer");
}

const field = (value: unknown, name: string): unknown =>
  value && typeof value === "object" ? (value as Record<string, unknown>)[name] : undefined;

/** {"result":{"version":"1.2"}} is how it greets. */
function greeting(data: unknown): void {
  if (typeof field(parse(data).result, "version") !== "string") throw new NCALayerError("answer");
}

/** Reads an answer: a signature, an empty body when she cancelled, or why not. */
function signature(data: unknown): string {
  const answer = parse(data);
  if (answer.status === false) {
    const why = [answer.message, answer.details].find((x) => typeof x === "string" && x.trim());
    throw new NCALayerError("refused", typeof why === "string" ? why.trim().slice(0, 300) : "");
  }
  if (answer.status !== true || !answer.body || typeof answer.body !== "object") throw new NCALayerError("answer");
  const result = field(answer.body, "result");
  if (result === undefined) throw new NCALayerError("cancelled");
  const cms = Array.isArray(result) && result.length === 1 ? result[0] : result;
  if (typeof cms !== "string" || !cms.includes("-----BEGIN CMS-----")) throw new NCALayerError("answer");
  return cms;
}
