import { useEffect, useState } from "preact/hooks";
import { duration } from "../format";
import { serverNow } from "../store";
import { Icon } from "./icon";

interface Props { until: string; label: string; reached: () => void }

/** The time until something begins. From then on it says so once a second,
 * until it is taken away: the server's clock may be a little behind. */
export function Countdown({ until, label, reached }: Props) {
  const [now, setNow] = useState(serverNow());
  const at = Date.parse(until);
  useEffect(() => {
    const timer = setInterval(() => {
      setNow(serverNow());
      if (serverNow() >= at) reached();
    }, 1000);
    return () => clearInterval(timer);
  }, [at]);
  return (
    <div class="time-left" role="timer" data-testid="countdown">
      <Icon name="clock" size={22} />
      <span><strong>{duration((at - now) / 1000)}</strong><small>{label}</small></span>
    </div>
  );
}
