/** Codes of the schema as people say them. */

const LEVELS: Record<string, string> = {
  UK: "United Kingdom",
  COUNTRY: "Country",
  REGION: "Region",
  COMBINED_AUTHORITY: "Combined authority",
  LSIP: "Local skills improvement plan area",
  LA: "Local authority",
};

export const levelInWords = (level: string): string => LEVELS[level] ?? level;

/** "GBP_PER_MONTH" as "£ per month". */
export const unitInWords = (unit: string): string => unit.toLowerCase().replaceAll("_", " ").replace("gbp", "£");

/** "AGE_BAND" as "age band". */
export const inSmallLetters = (code: string): string => code.toLowerCase().replaceAll("_", " ");

/** "January 2021" as "Jan 2021", "Academic year 2020/21" as "2020/21": where there is little room. */
export const short = (label: string): string =>
  label
    .replace("Academic year ", "")
    .replace(" to ", "–")
    .replace(/[A-Z][a-z]{3,}/g, (month) => month.slice(0, 3));

/** A figure in its unit: "£2,293 per month", "4,554 persons". */
export function amount(written: string, unit: string): [string, string] {
  if (!unit.startsWith("GBP")) return [unit === "PERCENT" ? `${written}%` : written, unit === "PERCENT" ? "" : inSmallLetters(unit)];
  return [`£${written}`, inSmallLetters(unit.replace("GBP_", ""))];
}

/** "LA without facets" as "local authority without facets". */
export const openInWords = (open: string): string =>
  open.replace(/\b[A-Z_]{2,}\b/g, (level) => levelInWords(level).replace(/^[CRL]/, (first) => first.toLowerCase()));

/** "2026-12-31T00:00:00Z" as "31 December 2026". */
export const day = (moment: string): string =>
  new Date(moment).toLocaleDateString("en-GB", { day: "numeric", month: "long", year: "numeric", timeZone: "Europe/London" });
