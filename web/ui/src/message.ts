// Filling a message's blanks, as text/template's simplest case: {{.name}}.

export type Args = Record<string, string | number>;

export function fill(sentence: string, args: Args = {}): string {
  return sentence.replace(/\{\{\s*\.(\w+)\s*\}\}/g, (blank, name: string) =>
    name in args ? String(args[name]) : blank);
}

/** The names of a message's blanks, sorted. */
export function blanks(sentence: string): string[] {
  return [...sentence.matchAll(/\{\{\s*\.(\w+)\s*\}\}/g)].map((m) => m[1]).sort();
}
