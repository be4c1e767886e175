import { t } from "../i18n";
import type { Box, Shown } from "../types";

interface Props {
  /** Width and height of the picture below, so that boxes lie where they should. */
  size: [number, number];
  shown?: Shown[]; scenery?: Box[]; mark?: Box;
}

/** Where on a picture something is: drawn over it, and never who it is. */
export function Boxes({ size: [w, h], shown = [], scenery = [], mark }: Props) {
  if (shown.length === 0 && scenery.length === 0 && !mark) return null;
  const unit = Math.max(1, w / 240); // lines and letters are as thick on every picture
  return (
    <svg class="boxes" viewBox={`0 0 ${w} ${h}`} preserveAspectRatio="xMidYMid meet" aria-hidden="true" data-testid="boxes">
      {scenery.map((b, i) => <One key={`s${i}`} kind="scenery" box={b} w={w} h={h} unit={unit} name={t("scenery.name", { number: i + 1 })} />)}
      {shown.map((s, i) => {
        const [x, y, bw, bh] = s.box.map((n) => n / 1000);
        return <One key={i} kind={s.what} box={{ x, y, w: bw, h: bh }} w={w} h={h} unit={unit} name={t(`shown.${s.what}`)} />;
      })}
      {mark && <One kind="mark" box={mark} w={w} h={h} unit={unit} name="" />}
    </svg>
  );
}

interface OneProps { kind: string; box: Box; w: number; h: number; unit: number; name: string }

function One({ kind, box: b, w, h, unit, name }: OneProps) {
  const x = b.x * w;
  const y = b.y * h;
  // A person's name stands at the foot of her box: her face is at its head.
  const text = kind === "person" ? y + b.h * h - 4 * unit : Math.max(11 * unit, y - 3 * unit);
  return (
    <g class={`shown ${kind}`}>
      <rect x={x} y={y} width={b.w * w} height={b.h * h} stroke-width={1.6 * unit} />
      {name && <text x={Math.min(x + 3 * unit, w - 30 * unit)} y={Math.min(text, h - 4 * unit)} font-size={11 * unit} stroke-width={2.6 * unit}>{name}</text>}
    </g>
  );
}
