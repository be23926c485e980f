/** A search that is made when it is sent: each is recorded, so that half a word is not asked for. */
import { type FormEvent, useEffect, useRef } from "react";

import { go } from "../../address";

type Props = { path: string[]; search: string; label: string; hint: string };

export function SearchBox({ path, search, label, hint }: Props) {
  const box = useRef<HTMLInputElement>(null);
  useEffect(() => {
    // Back and forward bring other words.
    if (box.current) box.current.value = search;
  }, [search]);
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const written = new FormData(event.currentTarget).get("search")?.toString().trim();
    go(path, { search: written || null });
  };
  return (
    <form role="search" className="search" onSubmit={submit}>
      <label htmlFor="search">{label}</label>
      <div>
        <input
          ref={box}
          id="search"
          name="search"
          type="search"
          defaultValue={search}
          maxLength={120}
          spellCheck={false}
          autoComplete="off"
          aria-describedby="search-hint"
        />
        <button type="submit">Search</button>
      </div>
      <small id="search-hint">{hint}</small>
    </form>
  );
}
