import { useEffect, useState } from "preact/hooks";
import { duration, endTime } from "../format";
import { language, t } from "../i18n";
import { serverNow } from "../store";
import { Icon } from "./icon";

export function TimeLeft({ closes }: { closes: string }) {
  const [now, setNow] = useState(serverNow());
  useEffect(() => {
    const timer = setInterval(() => setNow(serverNow()), 500);
    return () => clearInterval(timer);
  }, []);
  const left = (Date.parse(closes) - now) / 1000;
  return (
    <div class={`time-left ${left < 300 ? "soon" : ""}`} role="timer" data-testid="time-left">
      <Icon name="clock" size={22} />
      <span>
        <strong>{left > 0 ? duration(left) : t("exam.time_over")}</strong>
        <small>{t("exam.closes", { time: endTime(Date.now(), closes, language.value) })}</small>
      </span>
    </div>
  );
}
