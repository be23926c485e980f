/** Small pictures' points and lines. `value`: null where there is none to show. */
export type Point = { label: string; value: number | null };
export type Series = { name: string; points: Point[] };
