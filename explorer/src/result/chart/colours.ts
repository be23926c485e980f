/** The page's colours as they are now: a picture that is taken away has no style sheet. */
export type Colours = {
  ink: string;
  quiet: string;
  grid: string;
  paper: string;
  warn: string;
  series: string[];
  scale: string[];
};

const SERIES = 6;
const SCALE = 5;

export function colours(): Colours {
  const styles = getComputedStyle(document.documentElement);
  const of = (name: string) => styles.getPropertyValue(`--${name}`).trim();
  return {
    ink: of("ink"),
    quiet: of("quiet"),
    grid: of("grid"),
    paper: of("paper"),
    warn: of("series-1"),
    series: Array.from({ length: SERIES }, (_, at) => of(`series-${at}`)),
    scale: Array.from({ length: SCALE }, (_, at) => of(`scale-${at}`)),
  };
}

/** Lines beyond the colours are dashed. */
export const dash = (at: number): string => ["", "6 3", "2 3", "8 3 2 3"][Math.floor(at / SERIES) % 4] ?? "";
