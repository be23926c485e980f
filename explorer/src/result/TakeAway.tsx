/** A table to take away, in the form that is chosen. */
import { createContext, useContext, useState } from "react";

import { saved } from "./save";
import { type AskedAs, FORMS, take } from "./take";
import "./takeAway.css";

/** What the tables below are the answer to. */
export const Answered = createContext<AskedAs | null>(null);

/** `say`: tells what became of it. */
export function TakeAway({ list, title, say }: { list: string; title: string; say: (words: string) => void }) {
  const asked = useContext(Answered);
  const [form, setForm] = useState("csv");
  const [busy, setBusy] = useState(false);
  if (asked === null) return null;

  const download = async () => {
    setBusy(true);
    say("Made by the gateway …");
    try {
      saved(...(await take(asked, form, list)));
      say("Downloaded");
    } catch (error) {
      say(`There is no file: ${error instanceof Error ? error.message : String(error)}`);
    }
    setBusy(false);
  };

  return (
    <>
      <select value={form} onChange={({ target }) => setForm(target.value)} aria-label={`Format of ${title}`}>
        {[...FORMS].map(([value, words]) => (
          <option key={value} value={value}>
            {words}
          </option>
        ))}
      </select>
      <button type="button" disabled={busy} onClick={() => void download()}>
        Download {FORMS.get(form)}
      </button>
    </>
  );
}
