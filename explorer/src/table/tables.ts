/** An answer as tables: one for each list of objects, never a product of two. app/tabular/tables.py does the same. */
import { parse } from "graphql";

import type { Answer } from "../gateway";
import { ASIDE, type Json, type Level, level, objects, Shape, type Source } from "./columns";
import { type Reasons, reasons, type Step } from "./reasons";
import { selected } from "./selection";
import { text } from "./text";

export type Value = string | number | boolean | null;
/** `marks`: the markers of a value, or the reason why it is null. */
export type Cell = { value: Value; marks: string[] };

/**
 * `figure`: of numbers, with markers; `markers`: the name of the column that holds these. `ofFigure`: what else was
 * asked about a figure. `path`: of keys in the answer. `fillable`: its list was asked for without `fill`.
 */
export type Column = {
  name: string;
  path: string[];
  figure: boolean;
  ofFigure: boolean;
  markers: string;
  fillable: boolean;
  cells: Cell[];
};

/** `repeated`: each row is repeated on the rows of a list inside it, so none would be missed. */
export type Table = { name: string; columns: Column[]; rows: number; repeated: boolean };

export function tables(query: string, operation: string | null | undefined, answer: Answer, hidden = ""): Table[] {
  const data = (answer.data ?? {}) as { [key: string]: Json };
  const fields = selected(parse(query, { noLocation: true }), operation);
  const shape = new Shape(fields, data);
  const why = reasons(answer.errors ?? []);
  const filled = fields
    .filter((one) => !ASIDE.has(one.name) && !shape.skipped([one.key]))
    .flatMap((one) => {
      const rows = new Rows(level(one, shape, hidden), []);
      const value = data[one.key];
      const placed: [Step[], Json][] = one.fields.length > 0 ? items(value, [one.key]) : [[[one.key], value ?? null]];
      for (const [place, item] of placed) rows.add(item, place, [], why);
      return rows.all();
    })
    .filter(({ level }) => level.sources.length > 0);
  const names = namesOf(filled.map(({ level }) => level));
  return filled.map((rows, index) => rows.table(names[index] ?? ""));
}

/** A name for each, no two alike: short where no other list has that name, be it its short one or its whole path. */
function namesOf(levels: Level[]): string[] {
  const pairs = levels.map(({ named, path }) => ({ short: named.join("."), whole: path.join(".") }));
  return pairs.map((pair) => {
    const others = pairs.filter((other) => other !== pair);
    const taken = others.some(({ short, whole }) => short === pair.short || whole === pair.short);
    return taken ? pair.whole : pair.short;
  });
}

/** The rows of a level as they are gathered. `around`: the levels in whose items it stands, outermost first. */
class Rows {
  readonly #cells: Cell[][] = [];
  readonly #inner: Rows[];
  /** Whether each item so far has rows in that inner list. */
  readonly #full: boolean[];

  constructor(
    readonly level: Level,
    readonly around: Level[],
  ) {
    this.#inner = level.inner.map((inner) => new Rows(inner, [...around, level]));
    this.#full = level.inner.map(() => true);
  }

  /** One item, with the cells of what stands around it, which each row repeats. */
  add(item: Json, place: Step[], beside: Cell[], why: Reasons): void {
    const cells = [...beside, ...this.level.sources.map((source) => cell(source, item, place, why))];
    this.#cells.push(cells);
    this.#inner.forEach((inner, index) => {
      const steps = inner.level.path.slice(this.level.path.length);
      const rows = items(reach(item, steps), [...place, ...steps]);
      if (rows.length === 0) this.#full[index] = false;
      for (const [where, row] of rows) inner.add(row, where, cells, why);
    });
  }

  all = (): Rows[] => [this, ...this.#inner.flatMap((inner) => inner.all())];

  table(name: string): Table {
    const taken = new Set<string>();
    const unused = (short: string, long: string): string => {
      let chosen = taken.has(short) ? long : short;
      while (taken.has(chosen)) chosen += "_";
      taken.add(chosen);
      return chosen;
    };
    const columns = [...this.around, this.level].flatMap((of) =>
      of.sources.map(({ path, named, figure, markers, ofFigure }) => {
        const long = [...of.named, ...named];
        const own = of === this.level ? named : long;
        const short = own.length > 0 ? own : long;
        const column = unused(short.join("."), long.join("."));
        const beside = figure ? [...own.slice(0, -1), markers].join(".") : [...short, "markers"].join(".");
        return {
          name: column,
          path: [...of.path, ...path],
          figure: figure !== null,
          ofFigure,
          markers: figure ? unused(beside, [...long.slice(0, -1), markers].join(".")) : beside,
          fillable: !of.fill,
        };
      }),
    );
    return {
      name,
      columns: columns.map((column, index) => ({
        ...column,
        cells: this.#cells.map((cells) => cells[index] ?? { value: null, marks: [] }),
      })),
      rows: this.#cells.length,
      repeated: this.#isRepeated(),
    };
  }

  #isRepeated(): boolean {
    return this.#inner.some(
      (inner, index) => this.#full[index] && (inner.level.sources.length > 0 || inner.#isRepeated()),
    );
  }
}

/** The objects of a list with the place of each; an object alone is a list of one. */
function items(value: Json | undefined, place: Step[]): [Step[], Json][] {
  if (Array.isArray(value)) return value.flatMap((inner, index) => items(inner, [...place, index]));
  return objects(value).map((object) => [place, object]);
}

function reach(item: Json, steps: string[]): Json | undefined {
  let value: Json | undefined = item;
  for (const step of steps) {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
    value = value[step];
  }
  return value;
}

function cell({ path, figure, ofFigure }: Source, item: Json, place: Step[], why: Reasons): Cell {
  const value = reach(item, path) ?? null;
  if (figure) {
    const whole = reach(item, path.slice(0, -1));
    const markers = figure.map((key) => objects(whole)[0]?.[key]).find((keyed) => keyed !== undefined);
    const marks = Array.isArray(markers) ? markers.map(String) : [];
    if (value !== null || marks.length > 0) return { value: value as Value, marks };
    return { value: null, marks: [why([...place, ...path]) ?? "no value"] };
  }
  if (value === null && !ofFigure) {
    const reason = why([...place, ...path]);
    if (reason) return { value: null, marks: [reason] };
  }
  if (Array.isArray(value)) return { value: value.map(text).join("; "), marks: [] };
  return { value: typeof value === "object" && value !== null ? JSON.stringify(value) : value, marks: [] };
}

/** Whether a column of markers stands beside it: with every figure, elsewhere only where there are any. */
export const isMarked = ({ figure, cells }: Column): boolean => figure || cells.some(({ marks }) => marks.length > 0);
