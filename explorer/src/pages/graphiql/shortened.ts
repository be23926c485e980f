/** An answer as the editor can show it: it writes every line of a text out, which a long list would make slow. */
import type { Answer } from "../../gateway";
import type { Json } from "../../table/columns";

/** Items of a list that are written out. */
const ITEMS = 1_000;

/** The same answer where no list is long; else a copy whose long lists end early, which says so itself. */
export function shortened(answer: Answer): Answer {
  let left = 0;
  const cut = (value: Json): Json => {
    if (Array.isArray(value)) {
      left += Math.max(value.length - ITEMS, 0);
      return value.slice(0, ITEMS).map(cut);
    }
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, cut(inner)]));
  };
  const data = answer.data === undefined ? undefined : cut(answer.data);
  if (left === 0 || data === undefined) return answer;
  const workbench = `Lists end here after ${ITEMS.toLocaleString("en-GB")} items: ${left.toLocaleString("en-GB")} are left out. The table and its CSV have all.`;
  return { ...answer, data, extensions: { ...answer.extensions, workbench } };
}
