/** An answer as tables: one for each list of objects, never a product of two. app/tabular/tables.py does the same. */
import { parse } from "graphql";

import type { Answer } from "../gateway";
import { ASIDE, type Json, type Level, level, objects, Shape, type Source } from "./columns";
import { type Reasons, reasons, type Step } from "./reasons";
import { selected } from "./selection";
import { text } from "./text";

export type Value = string | number | boolean | null;
/** The markers of a value, or the reason why it is null. Cells that are marked alike share them. */
export type Marks = readonly string[];
type Cell = { value: Value; marks: Marks };

/**
 * A cell of each row: its value, and its marks. `field`: the name in the schema of what stands in them, of a figure that
 * of its measure. `figure`: of numbers, with markers; `markers`: the name of the column that holds these. `ofFigure`:
 * what else was asked about a figure. `path`: of keys in the answer. `fillable`: its list was asked for without `fill`.
 */
export type Column = {
  name: string;
  path: string[];
  field: string;
  figure: boolean;
  ofFigure: boolean;
  markers: string;
  fillable: boolean;
  values: Value[];
  marks: Marks[];
};

/** `repeated`: each row is repeated on the rows of a list inside it, so none would be missed. */
export type Table = { name: string; columns: Column[]; rows: number; repeated: boolean };

export function tables(query: string, operation: string | null | undefined, answer: Answer, hidden = ""): Table[] {
  const data = (answer.data ?? {}) as { [key: string]: Json };
  const fields = selected(parse(query, { noLocation: true }), operation);
  const shape = new Shape(fields, data);
  const why = reasons(answer.errors ?? []);
  const shared = sharing();
  const filled = fields
    .filter((one) => !ASIDE.has(one.name) && !shape.skipped([one.key]))
    .flatMap((one) => {
      const rows = new Rows(level(one, shape, hidden), null);
      const value = data[one.key];
      const placed: [Step[], Json][] = one.fields.length > 0 ? items(value, [one.key]) : [[[one.key], value ?? null]];
      for (const [place, item] of placed) rows.add(item, place, 0, why, shared);
      return rows.all();
    })
    .filter(({ level }) => level.sources.length > 0);
  const names = namesOf(filled.map(({ level }) => level));
  return filled.map((rows, index) => rows.table(names[index] ?? ""));
}

/** The same marks for the same marks. */
type Shared = (marks: Marks) => Marks;

function sharing(): Shared {
  const known = new Map<string, Marks>();
  return (marks) => {
    if (marks.length === 0) return NONE;
    const key = marks.join("\u0000");
    const kept = known.get(key) ?? marks;
    known.set(key, kept);
    return kept;
  };
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

const NONE: Marks = [];

/**
 * The rows of a level as they are gathered, column by column. `around`: the rows of the level in whose items it stands;
 * `parents`: of each row, the row there.
 */
class Rows {
  readonly #values: Value[][];
  readonly #marks: Marks[][];
  readonly #parents: number[] = [];
  readonly #inner: Rows[];
  /** Whether each item so far has rows in that inner list. */
  readonly #full: boolean[];
  #count = 0;

  constructor(
    readonly level: Level,
    readonly around: Rows | null,
  ) {
    this.#values = level.sources.map(() => []);
    this.#marks = level.sources.map(() => []);
    this.#inner = level.inner.map((inner) => new Rows(inner, this));
    this.#full = level.inner.map(() => true);
  }

  /** One item, inside that row of the level around. */
  add(item: Json, place: Step[], parent: number, why: Reasons, shared: Shared): void {
    this.level.sources.forEach((source, index) => {
      const { value, marks } = cell(source, item, place, why);
      this.#values[index]?.push(value);
      this.#marks[index]?.push(shared(marks));
    });
    this.#parents.push(parent);
    const row = this.#count++;
    this.#inner.forEach((inner, index) => {
      const steps = inner.level.path.slice(this.level.path.length);
      const rows = items(reach(item, steps), [...place, ...steps]);
      if (rows.length === 0) this.#full[index] = false;
      for (const [where, each] of rows) inner.add(each, where, row, why, shared);
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
    const columns = this.#lineage().flatMap(({ rows, at }) =>
      rows.level.sources.map(({ path, named, field, figure, markers, ofFigure }, index) => {
        const long = [...rows.level.named, ...named];
        const own = rows === this ? named : long;
        const short = own.length > 0 ? own : long;
        const column = unused(short.join("."), long.join("."));
        const beside = figure ? [...own.slice(0, -1), markers].join(".") : [...short, "markers"].join(".");
        return {
          name: column,
          path: [...rows.level.path, ...path],
          field,
          figure: figure !== null,
          ofFigure,
          markers: figure ? unused(beside, [...long.slice(0, -1), markers].join(".")) : beside,
          fillable: !rows.level.fill,
          values: at(rows.#values[index] ?? []),
          marks: at(rows.#marks[index] ?? []),
        };
      }),
    );
    return { name, columns, rows: this.#count, repeated: this.#isRepeated() };
  }

  /** The levels around, outermost first, and this one, each with a way to stretch its columns over the rows of this. */
  #lineage(): { rows: Rows; at: <T>(column: T[]) => T[] }[] {
    const lineage: { rows: Rows; at: <T>(column: T[]) => T[] }[] = [{ rows: this, at: (column) => column }];
    let parents = this.#parents;
    for (let rows = this.around; rows; rows = rows.around) {
      const of = parents;
      lineage.unshift({ rows, at: (column) => of.map((row) => column[row] as (typeof column)[number]) });
      const next = rows.#parents;
      parents = parents.map((row) => next[row] ?? 0);
    }
    return lineage;
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
  if (Array.isArray(value)) return { value: value.map(text).join("; "), marks: NONE };
  return { value: typeof value === "object" && value !== null ? JSON.stringify(value) : value, marks: NONE };
}

/** Whether a column of markers stands beside it: with every figure, elsewhere only where there are any. */
export const isMarked = ({ figure, marks }: Column): boolean => figure || marks.some((each) => each.length > 0);
