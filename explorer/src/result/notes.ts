/** What to say beside a column without a single figure: why, and the way out. */
import type { Warning } from "../gateway";
import type { Column } from "../table/tables";

export function note(column: Column, warnings: Warning[]): string | null {
  const { figure, fillable, cells } = column;
  if (!figure || cells.length === 0 || cells.some(({ value }) => value !== null)) return null;
  const warning = warnings.find(({ path }) => path && isAbout(column, path));
  if (warning) return warning.remedy ?? warning.message;
  // A longer period than the rows': its figure ends with none of them.
  const isElsewhere = cells.every(({ marks }) => marks.length === 1 && marks[0] === "z");
  return isElsewhere && fillable ? "No figure ends with these periods. Ask with fill:\u00a0LATEST for the newest." : null;
}

/** Whether a path of the answer, whatever its indices, leads to the figure of a column. */
function isAbout({ path }: Column, to: (string | number)[]): boolean {
  const keys = to.filter((step) => typeof step === "string" && step !== "*").join(".");
  return keys === path.join(".") || keys === path.slice(0, -1).join(".");
}
