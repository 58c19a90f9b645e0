import { useNavigate } from "@tanstack/react-router";
import { canPivot } from "../lib/pivot";
import { textOf } from "../lib/rows";
import type { Action, Column } from "./grid/types";
import { pivotTo } from "./links";

/** The action of a cell that asks where else its value is; none where the value says nothing about other hosts. */
export function usePivots() {
  const navigate = useNavigate();
  return <T>(row: T, column: Column<T>): Action[] => {
    const value = column.value(row);
    if (column.pivots === false || !canPivot(value)) return [];
    return [{ label: "Where else this is", icon: "pivot", keys: "p", quick: true, run: () => void navigate(pivotTo(textOf(value))) }];
  };
}
