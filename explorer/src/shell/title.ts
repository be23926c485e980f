/** The name of the page that is open, in the window's title. */
import { useEffect } from "react";

const SITE = "Labour Market Data Trust";

export function useTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} – ${SITE}`;
  }, [title]);
}
