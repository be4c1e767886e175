import assert from "node:assert/strict";
import { test } from "node:test";
import { NCALayer, NCALayerError, request, type Order, type Wire } from "../src/ncalayer";

const order: Order = { data: "aGk=", iin: "900101300017", bin: "990140001234", usages: ["1.3.6.1.5.5.7.3.4"], locale: "kk" };
const hello = `{"result":{"version":"1.4"}}`;
const cms = "-----BEGIN CMS-----\nMIIB\n-----END CMS-----\n";

/** The other end of a wire: says what it is told to, and keeps what it hears. */
class Standin implements Wire {
  onmessage: Wire["onmessage"] = null;
  onclose: Wire["onclose"] = null;
  heard: string[] = [];
  closed = false;

  constructor(private readonly answers: (string | null)[]) {
    setTimeout(() => this.say());
  }

  private say(): void {
    const next = this.answers.shift();
    if (next === null) this.onclose?.();
    else if (next !== undefined) this.onmessage?.({ data: next });
  }

  send(text: string): void {
    this.heard.push(text);
    setTimeout(() => this.say());
  }

  close(): void {
    this.closed = true;
  }
}

const patience = { greeting: 20, signature: 20 };
const answer = (result: unknown) => JSON.stringify({ status: true, body: { result } });

test("it asks for a detached CMS by the official's own certificate", async () => {
  const wire = new Standin([hello, answer(cms)]);
  let greeted = 0;
  assert.equal(await new NCALayer(() => wire, patience).sign(order, () => greeted++), cms);
  assert.equal(greeted, 1);
  assert.equal(wire.closed, true);
  assert.deepEqual(wire.heard.map((x) => JSON.parse(x)), [{
    module: "kz.gov.pki.knca.basics", method: "sign",
    args: {
      allowedStorages: null, format: "cms", data: "aGk=",
      signingParams: { decode: true, encapsulate: false, digested: false, tsaProfile: {} },
      signerParams: { extKeyUsageOids: ["1.3.6.1.5.5.7.3.4"], iin: "900101300017", bin: "990140001234", chain: null },
      locale: "kk",
    },
  }]);
  assert.equal("bin" in request({ ...order, bin: "" }).args.signerParams, false);
});

test("one signature in a list is that signature", async () => {
  assert.equal(await new NCALayer(() => new Standin([hello, answer([cms])]), patience).sign(order), cms);
});

for (const [name, answers, trouble, detail] of [
  ["is not there", [null], "absent", ""],
  ["says nothing", [], "silent", ""],
  ["is another program", ["220 smtp"], "answer", ""],
  ["greets without a version", [`{"result":{}}`], "answer", ""],
  ["was cancelled", [hello, `{"status":true,"body":{}}`], "cancelled", ""],
  ["refuses", [hello, `{"status":false,"code":"INVOCATION_ERROR","message":"Сертификат табылмады","details":"x"}`], "refused", "Сертификат табылмады"],
  ["refuses without a word", [hello, `{"status":false,"code":"INVOCATION_ERROR"}`], "refused", ""],
  ["ends midway", [hello, null], "closed", ""],
  ["is left alone", [hello], "late", ""],
  ["answers with no JSON", [hello, "oops"], "answer", ""],
  ["answers with a list", [hello, "[]"], "answer", ""],
  ["answers in the old way", [hello, `{"code":"200","responseObject":"x"}`], "answer", ""],
  ["answers with two", [hello, answer([cms, cms])], "answer", ""],
  ["answers with a number", [hello, answer(7)], "answer", ""],
  ["answers with no CMS", [hello, answer("PGE+")], "answer", ""],
] as [string, (string | null)[], string, string][]) {
  test(`NCALayer ${name}`, async () => {
    const wire = new Standin([...answers]);
    await assert.rejects(new NCALayer(() => wire, patience).sign(order), (e) =>
      e instanceof NCALayerError && e.trouble === trouble && e.detail === detail);
    assert.equal(wire.closed, true);
    assert.equal(wire.onmessage, null);
  });
}

test("a browser that lets nobody connect, and a second request", async () => {
  const refusing = new NCALayer(() => { throw new Error("blocked"); }, patience);
  await assert.rejects(refusing.sign(order), (e) => e instanceof NCALayerError && e.trouble === "absent");
  const layer = new NCALayer(() => new Standin([hello, answer(cms)]), patience);
  const first = layer.sign(order);
  await assert.rejects(layer.sign(order), (e) => e instanceof NCALayerError && e.trouble === "busy");
  assert.equal(await first, cms);
  assert.equal(await layer.sign(order), cms);
});
