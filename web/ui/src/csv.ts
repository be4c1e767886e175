// Tables as Excel and others write them: RFC 4180, with the separator that the
// system's language has.

const separators = [",", ";", "\t"] as const;

/** A file's text: UTF-8, or UTF-16 with its mark. Null if it is neither; what
 * Excel calls plain CSV has no Kazakh letters left to read. */
export function decodeTable(bytes: Uint8Array): string | null {
  const utf16 = (bytes[0] === 0xff && bytes[1] === 0xfe && "utf-16le") || (bytes[0] === 0xfe && bytes[1] === 0xff && "utf-16be");
  try {
    const text = new TextDecoder(utf16 || "utf-8", { fatal: true }).decode(bytes);
    return text.includes("\0") ? null : text;
  } catch {
    return null;
  }
}

/** Whether a file is a workbook (a ZIP) or an old one of Excel. */
export const isWorkbook = (b: Uint8Array): boolean => (b[0] === 0x50 && b[1] === 0x4b) || (b[0] === 0xd0 && b[1] === 0xcf);

/** The rows of a table, each with the line on which it begins; empty ones are left out. */
export function parseTable(text: string): { line: number; cells: string[] }[] {
  const source = text.replace(/^\uFEFF/, "");
  const separator = separatorOf(source);
  const rows: { line: number; cells: string[] }[] = [];
  let cells: string[] = [];
  let cell = "";
  let quoted = false;
  let line = 1;
  let began = 1;
  const endRow = () => {
    cells.push(cell.trim());
    if (cells.some((c) => c !== "")) rows.push({ line: began, cells });
    cells = [];
    cell = "";
  };
  for (let i = 0; i < source.length; i++) {
    const c = source[i];
    if (c === "\n" || (c === "\r" && source[i + 1] !== "\n")) line++;
    if (quoted) {
      if (c !== '"') cell += c;
      else if (source[i + 1] === '"') cell += source[++i];
      else quoted = false;
    } else if (c === '"' && cell.trim() === "") {
      cell = "";
      quoted = true;
    } else if (c === separator) {
      cells.push(cell.trim());
      cell = "";
    } else if (c === "\n" || c === "\r") {
      if (c === "\r" && source[i + 1] === "\n") continue;
      endRow();
      began = line;
    } else cell += c;
  }
  endRow();
  return rows;
}

/** The separator that the first line has most of, outside quotes. */
function separatorOf(source: string): string {
  const counts = new Map<string, number>(separators.map((s) => [s, 0]));
  let quoted = false;
  for (const c of source) {
    if (c === '"') quoted = !quoted;
    else if (!quoted && (c === "\n" || c === "\r")) {
      if ([...counts.values()].some((n) => n > 0)) break;
    } else if (!quoted && counts.has(c)) counts.set(c, counts.get(c)! + 1);
  }
  return [...counts].reduce((a, b) => (b[1] > a[1] ? b : a))[0];
}

/** A table as Excel of a Kazakh or Russian system opens it by itself: UTF-8
 * with its mark, semicolons, CRLF. What it would compute gets an apostrophe. */
export function writeTable(rows: string[][]): string {
  const cell = (s: string) => {
    const safe = /^[=+\-@\t\r]/.test(s) ? `'${s}` : s;
    return /[";\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  return `\uFEFF${rows.map((r) => r.map(cell).join(";")).join("\r\n")}\r\n`;
}
