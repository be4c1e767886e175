import assert from "node:assert/strict";
import { test } from "node:test";
import { fromField, toField } from "../src/almaty";
import { decodeTable, isWorkbook, parseTable, writeTable } from "../src/csv";
import { checkRows, photoOf, readRoster, rosterMost, type Roster } from "../src/roster";

const titles = { student_id: "Студенттің нөмірі", name: "Т.А.Ә.", specialty: "Мамандығы", group: "Тобы" };
const cells = (text: string) => parseTable(text).map((r) => r.cells);
const rowsOf = (r: Roster) => {
  assert.ok("rows" in r, JSON.stringify(r));
  return r.rows;
};

test("quotes hold separators, quotes and line ends", () => {
  assert.deepEqual(cells('a,b\n"x, y","say ""hi"""\n"two\nlines",z\n'), [["a", "b"], ["x, y", 'say "hi"'], ["two\nlines", "z"]]);
  assert.deepEqual(parseTable('a,b\r\n"1\r\n2",x\r\ny,z').map((r) => r.line), [1, 2, 4]);
  assert.deepEqual(cells('a;b\nИ "К" О;"x"\n'), [["a", "b"], ['И "К" О', "x"]]);
});

test("comma, semicolon and tab each separate, by the first line", () => {
  for (const s of [",", ";", "\t"]) assert.deepEqual(cells(`a${s}b\r\n1${s}2\r\n\r\n${s}\r\n3${s}4`), [["a", "b"], ["1", "2"], ["3", "4"]]);
  assert.deepEqual(cells("a;b\nx, y;z"), [["a", "b"], ["x, y", "z"]]);
  assert.deepEqual(cells('"a,b,c";d\n1;2'), [["a,b,c", "d"], ["1", "2"]]);
});

test("the mark goes, Kazakh letters stay, other encodings are refused", () => {
  const text = "\uFEFFstudent_id;name;specialty;group\r\n20231;Әбдіғаппарқызы Үміт Ұлпанқызы Іңкәр;6В06102 — Ақпараттық жүйелер;АЖ-23-1қ\r\n";
  const decoded = decodeTable(new TextEncoder().encode(text));
  assert.ok(decoded !== null);
  const [row] = rowsOf(readRoster(decoded, titles, []));
  assert.deepEqual(row.examinee, { student_id: "20231", name: "Әбдіғаппарқызы Үміт Ұлпанқызы Іңкәр", specialty: "6В06102 — Ақпараттық жүйелер", group: "АЖ-23-1қ" });
  assert.deepEqual(row.problems, []);
  assert.equal(decodeTable(new Uint8Array([0xc0, 0xec, 0xe0, 0xed])), null); // windows-1251
  const utf16 = new Uint8Array([0xff, 0xfe, ...[..."Ә\tҚ"].flatMap((c) => [c.charCodeAt(0) & 255, c.charCodeAt(0) >> 8])]);
  assert.equal(decodeTable(utf16), "Ә\tҚ");
  assert.ok(isWorkbook(new Uint8Array([0x50, 0x4b, 3, 4])) && !isWorkbook(new Uint8Array([0x73, 0x74])));
});

test("columns are found by name in any order, in the reader's language too", () => {
  const [row] = rowsOf(readRoster("Тобы;т.а.ә.;Ескерту;мамандығы;СТУДЕНТТІҢ НӨМІРІ\nГ-1;Аты  Жөні;x;М;7", titles, []));
  assert.deepEqual(row.examinee, { student_id: "7", name: "Аты Жөні", specialty: "М", group: "Г-1" });
  assert.deepEqual(readRoster("student_id;name\n1;2", titles, []), { refused: "columns", missing: ["specialty", "group"] });
  assert.deepEqual(readRoster("", titles, []), { refused: "nothing" });
  assert.deepEqual(readRoster("student_id;name;specialty;group\n", titles, []), { refused: "nothing" });
});

test("500 rows are read, 501 are refused whole", () => {
  const table = (n: number) => "student_id,name,specialty,group\n" + Array.from({ length: n }, (_, i) => `S${i},Студент ${i},"М, ${i}",Т-1`).join("\n");
  const rows = rowsOf(readRoster(table(rosterMost), titles, []));
  assert.equal(rows.length, 500);
  assert.ok(rows.every((r) => r.problems.length === 0));
  assert.deepEqual(rows[499].examinee, { student_id: "S499", name: "Студент 499", specialty: "М, 499", group: "Т-1" });
  assert.deepEqual(readRoster(table(501), titles, []), { refused: "many", count: 501 });
});

test("each row's problems are told by line: empty, long, twice, seated", () => {
  const text = `student_id;name;specialty;group\n1;;М;Г\n2;А;${"м".repeat(201)};Г\n3;А;М;Г\n 3 ;Б;М;Г\nab;В;М;Г\n;Д;М;Г\n;Е;М;Г`;
  const rows = rowsOf(readRoster(text, titles, ["AB"]));
  assert.deepEqual(rows.map((r) => [r.line, r.problems.map((p) => `${p.why} ${p.column}`).join()]), [
    [2, "empty name"], [3, "long specialty"], [4, ""], [5, "twice student_id"], [6, "seated student_id"], [7, "empty student_id"], [8, "empty student_id"],
  ]);
  assert.equal(rows[3].problems[0].line, 4);
  assert.deepEqual(checkRows(rows, []).map((r) => r.problems.length), [1, 1, 0, 1, 0, 1, 1]);
});

test("photos find their examinee by name", () => {
  const ids = ["20231", "2023", "S-7", "7", "АЖ12"];
  for (const [file, want] of [
    ["20231.jpg", "20231"], ["2023.JPG", "2023"], ["Іңкәр_20231_сурет.jpeg", "20231"], ["photo 2023 (1).jpg", "2023"], ["s-7.jpg", "S-7"],
    ["a_s-7_b.jpg", "S-7"], ["аж12.jpg", "АЖ12"], ["202312.jpg", ""], ["IMG.jpg", ""], ["20231 2023.jpg", null],
  ] as const) assert.equal(photoOf(file, ids), want, file);
});

test("what is written can be read, and a spreadsheet computes none of it", () => {
  const rows = [["Т.А.Ә.", "x"], ['a "b"; c', "two\nlines"], ["=1+1", "https://q.kz/exam#AB"]];
  const text = writeTable(rows);
  assert.ok(text.startsWith("\uFEFF"));
  assert.deepEqual(cells(text), [rows[0], rows[1], ["'=1+1", rows[2][1]]]);
});

test("fields are in the university's time", () => {
  assert.equal(fromField("2026-11-23T19:00"), "2026-11-23T14:00:00.000Z");
  assert.equal(toField("2026-11-23T20:30:59Z"), "2026-11-24T01:30");
  assert.equal(fromField("2023-07-01T10:00"), "2023-07-01T04:00:00.000Z"); // UTC+6 until March 2024
  assert.equal(fromField(""), "");
  assert.equal(toField(undefined), "");
});
