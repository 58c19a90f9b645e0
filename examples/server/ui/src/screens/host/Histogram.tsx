import { ActionIcon } from "@mantine/core";
import { useElementSize } from "@mantine/hooks";
import { type KeyboardEvent, type PointerEvent, useState } from "react";
import { Icon } from "../../components/icons";
import { count, counted } from "../../lib/format";
import { type Bar, barAt, heightOf, scaled, spanOf, ticksOf } from "../../lib/histogram";
import { local, utc } from "../../lib/time";
import styles from "./Histogram.module.css";

type Span = { from: string; to: string };
type Props = {
  bars: Bar[];
  /** Whether only a part of all time is looked at. */
  zoomed: boolean;
  /** Where reading begins. */
  at: string | undefined;
  zoom: (span: Span) => void;
  read: (at: string) => void;
  reset: () => void;
};

const height = 64;

/** How many rows there are at which time. A drag, or keys, zoom into a part of it; a click reads from there. */
export function Histogram({ bars, zoomed, at, zoom, read, reset }: Props) {
  const { ref, width } = useElementSize();
  const [drag, setDrag] = useState<{ from: number; to: number } | undefined>();
  const [cursor, setCursor] = useState<number | undefined>();
  const [anchor, setAnchor] = useState<number | undefined>();
  if (bars.length === 0) return null;
  const whole = { from: bars[0]!.from, to: bars.at(-1)!.to };
  const most = Math.max(...bars.map((b) => b.rows));
  const spot = cursor === undefined ? undefined : Math.min(cursor, bars.length - 1);
  const chosen = drag ?? (spot !== undefined && anchor !== undefined ? { from: Math.min(anchor, bars.length - 1), to: spot } : undefined);
  const told = bars[drag?.to ?? spot ?? -1];
  const each = width / bars.length;
  const place = (event: PointerEvent<SVGSVGElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    return barAt((event.clientX - box.left) / box.width, bars.length);
  };
  const forget = () => {
    setAnchor(undefined);
    setCursor(undefined);
  };
  const choose = (a: number, b: number) => {
    forget();
    if (a !== b) zoom(spanOf(bars, a, b));
    else read(spanOf(bars, a, a).from);
  };
  const closer = () => zoom(scaled(whole, 0.5, spot === undefined ? undefined : (bars[spot]!.from + bars[spot]!.to) / 2));
  const wider = () => zoom(scaled(whole, 2));
  const onKeyDown = (event: KeyboardEvent) => {
    const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (step !== 0) {
      const from = spot ?? (step > 0 ? -1 : bars.length);
      if (!event.shiftKey) setAnchor(undefined);
      else setAnchor(anchor ?? spot ?? 0);
      setCursor(Math.max(0, Math.min(bars.length - 1, from + step)));
    } else if (event.key === "Enter" && spot !== undefined) choose(anchor ?? spot, spot);
    else if (event.key === "+" || event.key === "=") closer();
    else if (event.key === "-" && zoomed) wider();
    else if (event.key === "0" || event.key === "Escape") {
      if (spot !== undefined) forget();
      else if (zoomed) reset();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const x = (time: number) => ((time - whole.from) / (whole.to - whole.from)) * width;
  const mark = at ? x(Date.parse(at)) : undefined;
  return (
    <div className={styles.frame}>
      <div
        ref={ref}
        className={styles.bars}
        role="group"
        tabIndex={0}
        aria-label={`Rows over time, from ${utc(iso(whole.from))} to ${utc(iso(whole.to))}. Arrow keys choose, Shift extends, Enter zooms or reads from there, + and - zoom, 0 resets.`}
        onKeyDown={onKeyDown}
      >
        <svg
          width={width}
          height={height}
          aria-hidden="true"
          onPointerDown={(event) => {
            event.currentTarget.setPointerCapture(event.pointerId);
            setDrag({ from: place(event), to: place(event) });
          }}
          onPointerMove={(event) => (drag ? setDrag({ ...drag, to: place(event) }) : setCursor(place(event)))}
          onPointerUp={(event) => {
            if (drag) choose(drag.from, place(event));
            setDrag(undefined);
          }}
          onPointerCancel={() => setDrag(undefined)}
          onPointerLeave={() => !drag && setCursor(undefined)}
        >
          {chosen && <rect className={styles.chosen} x={Math.min(chosen.from, chosen.to) * each} width={(Math.abs(chosen.to - chosen.from) + 1) * each} y={0} height={height} />}
          {bars.map((bar, i) => {
            const tall = bar.rows === 0 ? 0 : Math.max(2, heightOf(bar.rows, most) * (height - 4));
            return <rect key={bar.from} className={styles.bar} data-told={bar === told || undefined} x={i * each} width={Math.max(1, each - 1)} y={height - tall} height={tall} />;
          })}
          {mark !== undefined && mark >= 0 && mark <= width && <line className={styles.mark} x1={mark} x2={mark} y1={0} y2={height} />}
        </svg>
        <div className={styles.ticks} aria-hidden="true">
          {ticksOf(bars, Math.floor(width / 96)).map((tick) => (
            <span key={tick.at} style={{ left: tick.at * width }} title={local(iso(whole.from + tick.at * (whole.to - whole.from)))}>
              {tick.text}
            </span>
          ))}
        </div>
      </div>
      <div className={styles.tools}>
        <ActionIcon aria-label="Zoom in" title="Zoom in (+)" onClick={closer}>
          <Icon name="plus" />
        </ActionIcon>
        <ActionIcon aria-label="Zoom out" title="Zoom out (-)" onClick={wider} disabled={!zoomed}>
          <Icon name="minus" />
        </ActionIcon>
        <ActionIcon aria-label="All of time" title="All of time (0)" onClick={reset} disabled={!zoomed && !at}>
          <Icon name="close" />
        </ActionIcon>
      </div>
      <div className={styles.told} role="status">
        {told
          ? `${utc(iso(told.from))} to ${utc(iso(told.to))}: ${counted(told.rows, "row")}`
          : `${count(bars.reduce((sum, b) => sum + b.rows, 0))} rows from ${utc(iso(whole.from))} to ${utc(iso(whole.to))}`}
      </div>
    </div>
  );
}

const iso = (at: number) => new Date(at).toISOString();
