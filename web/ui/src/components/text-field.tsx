import { useId } from "preact/hooks";

interface Props {
  label: string; value: string; change: (value: string) => void; testid: string;
  type?: "text" | "number" | "datetime-local"; problem?: string; hint?: string; most?: number;
}

/** A field of a form with what is wrong with it beside it, in our words: the
 * browser's own checks speak its language. */
export function TextField(p: Props) {
  const id = useId();
  const about = [p.hint && `${id}-hint`, p.problem && `${id}-problem`].filter(Boolean).join(" ") || undefined;
  return (
    <div class="field-block">
      <label class="field" for={id}>{p.label}</label>
      <input id={id} {...{ type: p.type ?? "text" } as { type: "text" }} value={p.value} maxLength={p.most} step={p.type === "number" ? "any" : undefined}
        aria-invalid={p.problem ? true : undefined} aria-describedby={about} data-testid={p.testid} onInput={(e) => p.change(e.currentTarget.value)} />
      {p.hint && <p class="muted small" id={`${id}-hint`}>{p.hint}</p>}
      {p.problem && <p class="problem small" role="alert" id={`${id}-problem`} data-testid={`${p.testid}-problem`}>{p.problem}</p>}
    </div>
  );
}
