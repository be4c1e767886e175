import { steps, type Step } from "../examinee-steps";
import { t } from "../i18n";
import { Icon } from "./icon";

export function Stepper({ step }: { step: Step }) {
  const current = steps.indexOf(step);
  const done = (i: number) => i < current || step === "finished";
  return (
    <ol class="stepper" aria-label={t("step.label")}>
      {steps.map((s, i) => (
        <li key={s} class={done(i) ? "done" : i === current ? "current" : ""} aria-current={i === current ? "step" : undefined}>
          <span class="step-mark">{done(i) ? <Icon name="check" size={16} /> : i + 1}</span>
          <span class="step-name">{t(`step.${s}`)}</span>
        </li>
      ))}
    </ol>
  );
}
