interface Props {
  label: string; accept: string; busy: boolean; testid: string;
  choose?: (file: File) => unknown;
  /** Given instead of choose, several may be chosen at once. */
  many?: (files: File[]) => unknown;
}

/** A button that opens the browser's choice of a file, whose own words are not in our languages. */
export function FileChoice(p: Props) {
  const chosen = (input: HTMLInputElement) => {
    const files = [...(input.files ?? [])];
    input.value = "";
    if (files.length === 0) return;
    p.many?.(files);
    p.choose?.(files[0]);
  };
  return (
    <label class="button primary file-choice" aria-busy={p.busy}>
      {p.busy && <span class="spinner" aria-hidden="true" />}
      {p.label}
      <input type="file" class="visually-hidden" accept={p.accept} multiple={p.many !== undefined} disabled={p.busy} data-testid={p.testid}
        onChange={(e) => chosen(e.currentTarget)} />
    </label>
  );
}
