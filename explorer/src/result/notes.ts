/** What to say of a column without a single figure: why, and the way out. */
import type { Warning } from "../gateway";
import type { Column } from "../table/tables";

/** Null where there is nothing to say, or a warning says it. */
export function note(column: Column, warnings: Warning[]): string | null {
  const { figure, fillable, values, marks } = column;
  if (!figure || values.length === 0 || values.some((value) => value !== null)) return null;
  // The warning stands above the tables, with its own way out.
  if (warnings.some(({ path }) => path && isAbout(column, path))) return null;
  // Either no figure ends with these periods, or it is not published by these facets: the marker is the same.
  const isElsewhere = marks.every((each) => each.length === 1 && each[0] === "z");
  return isElsewhere && fillable
    ? "no figure ends with these rows' periods. If it is published less often, fill:\u00a0LATEST shows the newest."
    : null;
}

/** Whether a path of the answer, whatever its indices, leads to the figure of a column. */
function isAbout({ path }: Column, to: (string | number)[]): boolean {
  const keys = to.filter((step) => typeof step === "string" && step !== "*").join(".");
  return keys === path.join(".") || keys === path.slice(0, -1).join(".");
}
