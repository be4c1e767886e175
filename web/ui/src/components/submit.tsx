import type { ComponentChildren } from "preact";
import { useAction } from "./action";
import { Banner } from "./banner";

interface FormProps {
  submit: () => Promise<unknown>;
  label: string;
  children: ComponentChildren;
  look?: "primary" | "danger" | "plain";
  disabled?: boolean;
  testid?: string;
  cancel?: { label: string; run: () => void };
}

/** A form with one way out, which shows that it works and why it failed. */
export function Form(p: FormProps) {
  const action = useAction(p.submit);
  const submit = (e: Event) => {
    e.preventDefault();
    action.run();
  };
  return (
    <form class="form" onSubmit={submit}>
      {p.children}
      {action.error.value && <Banner tone="danger" testid="action-error">{action.error.value}</Banner>}
      <div class="row">
        <button type="submit" class={`button ${p.look ?? "primary"}`} data-testid={p.testid}
          disabled={p.disabled || action.busy.value} aria-busy={action.busy.value}>
          {action.busy.value && <span class="spinner" aria-hidden="true" />}
          {p.label}
        </button>
        {p.cancel && <button type="button" class="button plain" onClick={p.cancel.run}>{p.cancel.label}</button>}
      </div>
    </form>
  );
}
