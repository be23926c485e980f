/** The columns of each list of an answer, and their names: app/tabular/columns.py does the same. */
import type { Selected } from "./selection";

export type Json = null | string | number | boolean | Json[] | { [key: string]: Json };

/** Connections wrap their rows; the wrapping says nothing about them. */
const WRAPPING = new Set(["nodes", "edges", "node"]);
/** What is said about the paging of a list, or about types, is no figure and names no row. */
export const ASIDE = new Set(["pageInfo", "totalCount", "cursor", "__typename"]);

/**
 * Where a column is read from in an item of its list. `field`: its name in the schema, of a figure that of its measure.
 * `figure`: the keys, in the figure, of its markers.
 */
export type Source = {
  path: string[];
  named: string[];
  field: string;
  figure: string[] | null;
  markers: string;
  ofFigure: boolean;
};

/** One list of objects, or one object at the top: the columns of its items, and the lists inside them. */
export type Level = { path: string[]; named: string[]; fill: boolean; sources: Source[]; inner: Level[] };

/** What the data of an answer says about a selection: which fields are lists, and which were skipped. */
export class Shape {
  readonly lists = new Set<string>();
  readonly #met = new Set<string>();
  readonly #present = new Set<string>();

  constructor(fields: Selected[], data: { [key: string]: Json }) {
    this.#read(fields, data, "");
  }

  #read(fields: Selected[], item: { [key: string]: Json }, path: string): void {
    this.#met.add(path);
    for (const one of fields) {
      const value = item[one.key];
      if (value === undefined) continue;
      const here = `${path}.${one.key}`;
      this.#present.add(here);
      if (one.fields.length === 0) continue;
      if (Array.isArray(value)) this.lists.add(here);
      for (const inner of objects(value)) this.#read(one.fields, inner, here);
    }
  }

  isList = (path: string[]): boolean => this.lists.has(keyed(path));

  /** Whether a field is missing wherever it could have been: left out by @skip or @include. */
  skipped = (path: string[]): boolean => this.#met.has(keyed(path.slice(0, -1))) && !this.#present.has(keyed(path));
}

const keyed = (path: string[]): string => path.map((key) => `.${key}`).join("");

/** The objects in a value: itself, or those of a list, however deep. */
export function objects(value: Json | undefined): { [key: string]: Json }[] {
  if (Array.isArray(value)) return value.flatMap(objects);
  return typeof value === "object" && value !== null ? [value] : [];
}

/** The level that a field at the top, or a list, makes. `hidden`: the alias under which markers were added. */
export function level(of: Selected, shape: Shape, hidden: string, path: string[] = [], named: string[] = []): Level {
  const result: Level = {
    path: [...path, of.key],
    named: path.length > 0 && WRAPPING.has(of.name) ? named : [...named, of.key],
    fill: of.fill,
    sources: [],
    inner: [],
  };
  const read = (fields: Selected[], inside: string[], called: string[], ofFigure: boolean): void => {
    for (const one of fields) {
      const here = [...inside, one.key];
      const name = WRAPPING.has(one.name) ? called : [...called, one.key];
      const whole = [...result.path, ...here];
      if (ASIDE.has(one.name) || one.key === hidden || shape.skipped(whole)) continue;
      if (one.fields.length === 0)
        result.sources.push({ path: here, named: name, field: one.name, figure: null, markers: "markers", ofFigure });
      else if (shape.isList(whole))
        result.inner.push(level(one, shape, hidden, [...result.path, ...inside], [...result.named, ...called]));
      else readObject(one, here, name, ofFigure);
    }
  };
  const readObject = (one: Selected, here: string[], name: string[], ofFigure: boolean): void => {
    const isValue = (leaf: Selected) => leaf.name === "value" && leaf.fields.length === 0;
    if (!one.fields.some(isValue)) {
      read(one.fields, here, name, ofFigure);
      return;
    }
    const figure = one.fields.filter((leaf) => leaf.name === "markers" && !leaf.fields.length).map(({ key }) => key);
    const markers = figure.find((key) => key !== hidden) ?? "markers";
    for (const leaf of one.fields) {
      if (isValue(leaf) && !shape.skipped([...result.path, ...here, leaf.key]))
        result.sources.push({
          path: [...here, leaf.key],
          named: [...name, leaf.key],
          field: one.name,
          figure,
          markers,
          ofFigure: false,
        });
      else if (leaf.key !== markers || leaf.name !== "markers") read([leaf], here, name, true);
    }
  };
  if (of.fields.length > 0) read(of.fields, [], [], false);
  else result.sources.push({ path: [], named: [], field: of.name, figure: null, markers: "markers", ofFigure: false });
  return result;
}
