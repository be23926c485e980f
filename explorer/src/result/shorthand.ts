/** The Government Statistical Service's shorthand for figures, in words. */
export const SHORTHAND: Record<string, string> = {
  b: "break in the series",
  c: "confidential: withheld to protect people or businesses",
  e: "estimated",
  er: "error",
  f: "forecast",
  low: "rounds to zero but is not zero",
  p: "provisional",
  r: "revised",
  u: "low reliability",
  w: "none recorded in the survey",
  x: "not available",
  z: "not applicable",
};
