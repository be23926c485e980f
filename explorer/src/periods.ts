/** Codes of periods, as the gateway writes them. */
type Extent = { first: { code: string } | null; latest: { code: string } | null };

/** Every period of a length from the first to the newest that any of the measures has figures of. */
export function periodsBetween(measures: Extent[], every: string): string[] {
  const months = measures.flatMap(({ first, latest }) =>
    first && latest ? [{ from: firstMonth(first.code), to: lastMonth(latest.code) }] : [],
  );
  if (months.length === 0) return [];
  const [from, to] = [Math.min(...months.map((each) => each.from)), Math.max(...months.map((each) => each.to))];
  const codes = Array.from({ length: to - from + 1 }, (_, at) => coded(from + at, every));
  return [...new Set(codes)];
}

/** Months since the year 0. */
export function firstMonth(code: string): number {
  const year = Number(code.slice(0, 4));
  if (/^\d{4}\/\d\d$/.test(code)) return year * 12 + 7;
  const quarter = /-Q(\d)$/.exec(code)?.[1];
  if (quarter) return year * 12 + (Number(quarter) - 1) * 3;
  return year * 12 + (code.length > 4 ? Number(code.slice(5)) - 1 : 0);
}

export function lastMonth(code: string): number {
  const months = /\//.test(code) || code.length === 4 ? 12 : /Q/.test(code) ? 3 : 1;
  return firstMonth(code) + months - 1;
}

function coded(month: number, every: string): string {
  const [year, at] = [Math.floor(month / 12), month % 12];
  switch (every) {
    case "QUARTER":
      return `${year}-Q${Math.floor(at / 3) + 1}`;
    case "YEAR":
      return String(year);
    case "ACADEMIC_YEAR": {
      const begun = at >= 7 ? year : year - 1;
      return `${begun}/${String((begun + 1) % 100).padStart(2, "0")}`;
    }
    default:
      return `${year}-${String(at + 1).padStart(2, "0")}`;
  }
}
