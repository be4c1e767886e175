import { steps, type Step } from "../examinee-steps";
import { t } from "../i18n";
import { Icon } from "./icon";

export function Stepper({ step }: { step: Step }) {
  const current = steps.indexOf(step);
  return (
    <ol class="stepper" aria-label={t("step.label")}>
      {steps.map((s, i) => (
        <li key={s} class={i < current ? "done" : i === current ? "current" : ""} aria-current={i === current ? "step" : undefined}>
          <span class="step-mark">{i < current ? <Icon name="check" size={16} /> : i + 1}</span>
          <span class="step-name">{t(`step.${s}`)}</span>
        </li>
      ))}
    </ol>
  );
}
