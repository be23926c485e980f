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

/** "January 2021" as "Jan 2021". */
export const short = (label: string): string => label.replace(/^([A-Z][a-z]{2})[a-z]+ (\d{4})$/, "$1 $2");

/** "2026-12-31T00:00:00Z" as "31 December 2026". */
export const day = (moment: string): string =>
  new Date(moment).toLocaleDateString("en-GB", { day: "numeric", month: "long", year: "numeric", timeZone: "Europe/London" });
