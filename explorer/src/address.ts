/**
 * Where one is: a page, what it shows, for whom and for which purpose. All of it stands in the address's fragment, which
 * a browser sends to nobody, so that no server keeps what was asked; a token never stands there.
 */
import { useSyncExternalStore } from "react";

/** `path`: the page and what it is about, as in ["measure", "claimantCount"]. */
export type Address = { path: string[]; params: ReadonlyMap<string, string> };

/** What goes along from page to page: a persona of the demonstration, and the purpose. */
const CARRIED = ["as", "purpose"];
const listeners = new Set<() => void>();

export function read(fragment = location.hash): Address {
  const [path = "", search = ""] = fragment.replace(/^#\/?/, "").split(/\?(.*)/s);
  return {
    path: path.split("/").filter(Boolean).map(decoded),
    params: new Map(new URLSearchParams(search)),
  };
}

/** A link to a page: what goes along is kept unless it is given anew; a parameter without a value is left out. */
export function to(path: string[], params: Record<string, string | null> = {}): string {
  const { params: now } = read();
  const carried = Object.fromEntries(CARRIED.map((name) => [name, now.get(name) ?? null]));
  const given = Object.entries({ ...params, ...carried, ...params }).filter(([, value]) => value);
  const search = new URLSearchParams(given as [string, string][]).toString();
  return `#/${path.map(encodeURIComponent).join("/")}${search ? `?${search}` : ""}`;
}

/** Goes there: the browser's back button returns. */
export function go(path: string[], params: Record<string, string | null> = {}): void {
  const next = to(path, params);
  if (next !== location.hash) history.pushState(null, "", next);
  tell();
}

/** Says the same place otherwise, without a step to go back. */
export function amend(params: Record<string, string | null>): void {
  const { path, params: now } = read();
  history.replaceState(null, "", to(path, { ...Object.fromEntries(now), ...params }));
  tell();
}

export function useAddress(): Address {
  return read(useSyncExternalStore(listen, () => location.hash));
}

function listen(changed: () => void): () => void {
  listeners.add(changed);
  window.addEventListener("hashchange", changed);
  window.addEventListener("popstate", changed);
  return () => {
    listeners.delete(changed);
    window.removeEventListener("hashchange", changed);
    window.removeEventListener("popstate", changed);
  };
}

const tell = () => {
  for (const changed of listeners) changed();
};

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
