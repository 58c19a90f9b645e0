import type { SVGProps } from "react";

// Drawn on a grid of 16 with lines of 1.4.
const paths = {
  overview: "M2.5 2.5h4.5v6h-4.5zM9 2.5h4.5v3.5H9zM2.5 10.5H7v3H2.5zM9 8h4.5v5.5H9z",
  host: "M2.5 3h11v7.5h-11zM6 13.5h4M8 10.5v3",
  artifact: "M3 2.5h10v11H3zM3 6h10M3 9.5h10M7 6v7.5",
  collection: "M2.5 5l5.5-2.5L13.5 5 8 7.5zM2.5 8L8 10.5 13.5 8M2.5 11L8 13.5 13.5 11",
  ingest: "M8 10V2.5M5 5.5l3-3 3 3M2.5 10v3.5h11V10",
  search: "M7 2.5a4.5 4.5 0 1 1 0 9 4.5 4.5 0 0 1 0-9M10.3 10.3l3.2 3.2",
  pivot: "M8 8m-1.5 0a1.5 1.5 0 1 0 3 0 1.5 1.5 0 1 0-3 0M8 2v3M8 11v3M2 8h3M11 8h3",
  sweep: "M3 13L9.5 6.5M8 3l5 5M3 9.5l3.5 3.5",
  diff: "M5 2.5v8M2.5 5.5h5M9 12.5h4.5M3 13.5h4",
  watch: "M1.5 8S4 3.5 8 3.5 14.5 8 14.5 8 12 12.5 8 12.5 1.5 8 1.5 8M8 6a2 2 0 1 1 0 4 2 2 0 0 1 0-4",
  sighting: "M8 2l6 11H2zM8 6.5v3M8 11v.5",
  hunt: "M4 2.5h8v11L8 10.5l-4 3z",
  shield: "M8 2l5 2v4c0 3-2 5-5 6-3-1-5-3-5-6V4zM5.8 8l1.7 1.7L10.5 6.5",
  admin: "M8 5.5a2.5 2.5 0 1 1 0 5 2.5 2.5 0 0 1 0-5M8 1.5v2M8 12.5v2M1.5 8h2M12.5 8h2M3.4 3.4l1.4 1.4M11.2 11.2l1.4 1.4M3.4 12.6l1.4-1.4M11.2 4.8l1.4-1.4",
  account: "M8 2.5a2.7 2.7 0 1 1 0 5.4 2.7 2.7 0 0 1 0-5.4M2.8 13.5c.5-2.6 2.5-4 5.2-4s4.7 1.4 5.2 4",
  stack: "M2.5 3.5h11M2.5 8h7M2.5 12.5h3.5",
  columns: "M2.5 3h11v10h-11zM6.2 3v10M9.8 3v10",
  pin: "M6 2.5h4l-.5 4 2 2v1h-7v-1l2-2zM8 9.5v4",
  close: "M4 4l8 8M12 4l-8 8",
  more: "M3.5 8h.1M8 8h.1M12.5 8h.1",
  down: "M4 6l4 4 4-4",
  right: "M6 4l4 4-4 4",
  left: "M10 4L6 8l4 4",
  download: "M8 2.5V10M5 7.5l3 3 3-3M2.5 11v2.5h11V11",
  copy: "M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3",
  plus: "M8 3v10M3 8h10",
  minus: "M3 8h10",
  menu: "M2.5 4h11M2.5 8h11M2.5 12h11",
  sun: "M8 5a3 3 0 1 1 0 6 3 3 0 0 1 0-6M8 1.5V3M8 13v1.5M1.5 8H3M13 8h1.5M3.4 3.4l1 1M11.6 11.6l1 1M3.4 12.6l1-1M11.6 4.4l1-1",
  moon: "M13 9.5A5.5 5.5 0 0 1 6.5 3 5.5 5.5 0 1 0 13 9.5",
  keyboard: "M1.5 4.5h13v7.5h-13zM4 7h.1M6.6 7h.1M9.3 7h.1M12 7h.1M5 9.5h6",
  time: "M8 2.5a5.5 5.5 0 1 1 0 11 5.5 5.5 0 0 1 0-11M8 5v3l2 1.5",
  save: "M3 2.5h8l2 2v9H3zM5.5 2.5v3.5h4.5V2.5M5.5 13.5v-4h5v4",
};

export type IconName = keyof typeof paths;

export function Icon({ name, size = 16, ...props }: { name: IconName; size?: number } & SVGProps<SVGSVGElement>) {
  const thick = name === "more" ? 2.4 : 1.4;
  return (
    <svg width={size} height={size} viewBox="0 0 16 16" aria-hidden="true" fill="none" stroke="currentColor" strokeWidth={thick} strokeLinecap="round" strokeLinejoin="round" {...props}>
      <path d={paths[name]} />
    </svg>
  );
}
