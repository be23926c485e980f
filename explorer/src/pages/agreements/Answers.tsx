/** A form that asks what an agreement must say: what is still to be answered first, and the rest where it is opened. */
import { type FormEvent, useId } from "react";

import type { Problem } from "../../gateway";
import { Messages } from "../../result/Messages";
import { inSmallLetters, levelInWords } from "../../words";
import type { Content, Question } from "./agreement";
import { asText, type Field, fields, held, read, termsOf } from "./answers";

type Props = {
  content: Content;
  questions: Question[];
  busy: boolean;
  problems: Problem[];
  /** What is other than in the content, as the schema's input AgreementTerms. */
  send: (terms: Record<string, unknown>) => void;
  words: string;
  hint: string;
};

/** Who shares with whom does not change: that would be another agreement. */
const FIXED = new Set(["parties.owner", "parties.consumer"]);

export function Answers({ content, questions, busy, problems, send, words, hint }: Props) {
  const all = fields(questions).filter(({ key, needed }) => needed || !FIXED.has(key));
  const needed = all.filter((field) => field.needed);
  const rest = all.filter((field) => !field.needed);
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    send(termsOf(content, new Map(all.map(({ key, kind }) => [key, read(kind, form.getAll(key).map(String))]))));
  };
  return (
    <form className="answers" onSubmit={submit} aria-label="Terms">
      <p className="hint">{hint}</p>
      {needed.length > 0 && <h3>Still to be answered</h3>}
      {needed.map((field) => (
        <Asked key={field.key} field={field} content={content} />
      ))}
      <details open={needed.length === 0}>
        <summary>{needed.length > 0 ? "What is answered already" : "Its terms"}</summary>
        {rest.map((field) => (
          <Asked key={field.key} field={field} content={content} />
        ))}
      </details>
      <Messages problems={problems} warnings={[]} />
      <button type="submit" className="action" disabled={busy}>
        {busy ? "Sending …" : words}
      </button>
    </form>
  );
}

function Asked({ field, content }: { field: Field; content: Content }) {
  const id = useId();
  const { key, text, kind, hint, allowed, problem } = field;
  const value = held(content, key);
  const wrong = problem && problem !== "is needed." ? `It ${problem}` : "";
  const notes = [hint, wrong].filter(Boolean).join(". ");
  const named = { id, name: key, "aria-describedby": notes ? `${id}-notes` : undefined };
  const note = notes && (
    <small id={`${id}-notes`} className={wrong ? "wrong" : undefined}>
      {notes}
    </small>
  );
  if (kind === "several") {
    const chosen = new Set((value as string[] | undefined) ?? []);
    return (
      <fieldset className="field">
        <legend>{text}</legend>
        {[...new Set([...allowed, ...chosen])].map((each) => (
          <label key={each} className="inline">
            <input type="checkbox" name={key} value={each} defaultChecked={chosen.has(each)} />
            {codeInWords(each)}
          </label>
        ))}
        {note}
      </fieldset>
    );
  }
  if (kind === "review") {
    const review = (value as { by?: string; on?: string } | undefined) ?? {};
    return (
      <fieldset className="field">
        <legend>{text}</legend>
        <label className="inline">
          Office <input name={key} defaultValue={review.by ?? ""} maxLength={200} />
        </label>
        <label className="inline">
          Day <input name={key} type="date" defaultValue={review.on ?? ""} />
        </label>
        {note}
      </fieldset>
    );
  }
  const said = asText(kind, value);
  return (
    <div className="field">
      <label htmlFor={id}>{text}</label>
      {kind === "choice" || kind === "rules" ? (
        <select {...named} defaultValue={said}>
          <option value="">{kind === "rules" && value ? "As it says" : "Not answered"}</option>
          {allowed
            .map((each) => each.replace("profile ", ""))
            .map((each) => (
              <option key={each} value={each}>
                {codeInWords(each)}
              </option>
            ))}
        </select>
      ) : kind === "text" || kind === "day" ? (
        <input {...named} type={kind === "day" ? "date" : "text"} defaultValue={said} maxLength={2000} />
      ) : (
        <textarea {...named} rows={3} defaultValue={said} maxLength={5000} />
      )}
      {note}
    </div>
  );
}

/** "public-task" as "public task", "LA" as "Local authority". Ids of gateways and profiles stay as they are. */
const codeInWords = (code: string): string =>
  /^[A-Z_]+$/.test(code)
    ? levelInWords(code) === code
      ? code
      : levelInWords(code)
    : /\d/.test(code)
      ? code
      : inSmallLetters(code).replaceAll("-", " ");
