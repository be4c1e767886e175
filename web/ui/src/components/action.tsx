import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { messageOf } from "../store";
import { Banner } from "./banner";

/** Runs something that may fail, once at a time, and keeps its error's sentence. */
export function useAction<A extends unknown[]>(f: (...args: A) => Promise<unknown>) {
  const busy = useSignal(false);
  const error = useSignal("");
  const run = async (...args: A): Promise<boolean> => {
    if (busy.value) return false;
    busy.value = true;
    error.value = "";
    try {
      await f(...args);
      return true;
    } catch (e) {
      error.value = messageOf(e);
      return false;
    } finally {
      busy.value = false;
    }
  };
  return { run, busy, error };
}

interface ActionProps {
  run: () => Promise<unknown>;
  children: ComponentChildren;
  look?: "primary" | "danger" | "plain";
  testid?: string;
  disabled?: boolean;
  large?: boolean;
}

/** A button that shows that it works, and why it failed. */
export function Action({ run, children, look = "primary", testid, disabled, large }: ActionProps) {
  const action = useAction(run);
  return (
    <>
      <button type="button" class={`button ${look} ${large ? "large" : ""}`} data-testid={testid}
        disabled={disabled || action.busy.value} aria-busy={action.busy.value} onClick={() => action.run()}>
        {action.busy.value && <span class="spinner" aria-hidden="true" />}
        {children}
      </button>
      {action.error.value && <Banner tone="danger" testid="action-error">{action.error.value}</Banner>}
    </>
  );
}
