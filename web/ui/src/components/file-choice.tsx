/** A button that opens the browser's choice of a file, whose own words are not in our languages. */
export function FileChoice(p: { label: string; accept: string; busy: boolean; choose: (file: File) => unknown; testid: string }) {
  return (
    <label class="button primary file-choice" aria-busy={p.busy}>
      {p.busy && <span class="spinner" aria-hidden="true" />}
      {p.label}
      <input type="file" class="visually-hidden" accept={p.accept} disabled={p.busy} data-testid={p.testid}
        onChange={(e) => { const f = e.currentTarget.files?.[0]; e.currentTarget.value = ""; if (f) p.choose(f); }} />
    </label>
  );
}
