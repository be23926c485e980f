/** Which of five classes a figure is in: as many places in each, as far as equal figures let them be. */
export type Classes = { limits: number[]; of: (value: number) => number };

export const CLASSES = 5;

export function classes(values: number[]): Classes {
  const sorted = [...values].sort((one, other) => one - other);
  const limits = Array.from(
    { length: CLASSES - 1 },
    (_, at) => sorted[Math.ceil(((at + 1) * sorted.length) / CLASSES)] ?? 0,
  );
  const distinct = [...new Set(limits)].filter((limit) => limit > (sorted[0] ?? 0));
  return { limits: distinct, of: (value) => distinct.filter((limit) => value >= limit).length };
}
