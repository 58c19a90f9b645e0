import type { ReactNode } from "react";
import type { IconName } from "../icons";

/** A column of a grid: what it is called, and what it has of a row. */
export type Column<T> = {
  id: string;
  title: string;
  width: number;
  /** Takes a part of the width that is left over. */
  grow?: boolean;
  align?: "right";
  /** Not shown before somebody chooses it. */
  hidden?: boolean;
  pinned?: boolean;
  /** What is shown, copied, exported and pivoted on. */
  value: (row: T) => unknown;
  /** How it is drawn, where the value alone does not do. */
  cell?: (row: T) => ReactNode;
  /** False for values that say nothing about other hosts, such as counts. */
  pivots?: boolean;
};

/** Something that can be done with a cell or a column, from the menu or by its key; with quick also in the cell itself. */
export type Action = { label: string; icon: IconName; keys?: string; quick?: boolean; run: () => void };

/** Where more rows come from. */
export type More = {
  has: boolean;
  loading: boolean;
  error?: unknown;
  load: () => void;
  /** Where rows come from any place: told which are in sight. Without it, load is called when the last ones are. */
  see?: (first: number, last: number) => void;
  cancel?: () => void;
};
