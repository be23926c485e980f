/** What a question's picture draws: the figures that the gateway answered to it, as lines or as bars. */
import type { Point, Series } from "../../result/series";
import { short } from "../../words";

type Row = { area?: { name: string }; period?: { label: string }; figure: { value: number | null } | null };
type Departments = { code: string; measures: unknown[] }[];
export type Drawn = { nodes: Row[] } | Departments;
export type Picture = { kind: "lines"; lines: Series[] } | { kind: "bars"; bars: Point[] };

/** Null where there is not a single figure. */
export function pictured(answer: Drawn): Picture | null {
  if (Array.isArray(answer))
    return { kind: "bars", bars: bySize(answer.map(({ code, measures }) => ({ label: code, value: measures.length }))) };
  if (answer.nodes.every(({ figure }) => typeof figure?.value !== "number")) return null;
  const periods = new Set(answer.nodes.map(({ period }) => period?.label));
  if (periods.size < 2) return { kind: "bars", bars: bySize(answer.nodes.map(point)) };
  const lines = new Map<string, Point[]>();
  for (const row of answer.nodes) {
    const name = row.area?.name ?? "";
    lines.set(name, [...(lines.get(name) ?? []), { ...point(row), label: short(row.period?.label ?? "") }]);
  }
  return { kind: "lines", lines: [...lines].map(([name, points]) => ({ name, points })) };
}

const point = ({ area, figure }: Row): Point => ({ label: area?.name ?? "", value: figure?.value ?? null });

const bySize = (points: Point[]): Point[] =>
  points.filter(({ value }) => value).sort((one, other) => (other.value ?? 0) - (one.value ?? 0));
