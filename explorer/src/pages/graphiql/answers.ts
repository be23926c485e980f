/** The tables of the answers that the editor shows: it keeps the text of an answer for each of its tabs. */
import type { Result } from "../../result/result";

const KEPT = 20;

export class Answers {
  readonly #kept = new Map<string, Result>();

  /** Keeps an answer by its text as the editor writes it. */
  keep(answer: object, result: Result): void {
    const text = JSON.stringify(answer, null, 2);
    this.#kept.delete(text);
    this.#kept.set(text, result);
    const oldest = this.#kept.keys().next();
    if (this.#kept.size > KEPT && !oldest.done) this.#kept.delete(oldest.value);
  }

  of = (text: string | null): Result | null => (text === null ? null : (this.#kept.get(text) ?? null));
}
