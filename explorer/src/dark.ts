/** Whether the system is set to dark. */
import { useSyncExternalStore } from "react";

const asked = window.matchMedia("(prefers-color-scheme: dark)");

function listen(changed: () => void): () => void {
  asked.addEventListener("change", changed);
  return () => asked.removeEventListener("change", changed);
}

export const useDark = (): boolean => useSyncExternalStore(listen, () => asked.matches);
