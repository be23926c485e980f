/** What a query would do, for people: who is asked, what is decided of each field and why, and what it costs. */
import type { Question } from "../gateway";
import { Messages } from "../result/Messages";
import { proposing } from "../result/proposing";
import { purposeInWords } from "../session";
import { day } from "../words";
import { against, type Decided, type Explained as Told, type Explanation } from "./explain";

const ON: Record<string, string> = { PUBLISHED: "open to everyone", OWN: "your own organisation's" };

/** `question`: what is explained; an agreement can be proposed from what is refused of it. */
export function Explained({ told, problems, busy, question }: Told & { question: Question }) {
  return (
    <div className="explained" aria-busy={busy}>
      <Messages problems={[...problems, ...(told?.errors ?? [])]} warnings={[]} />
      {told && <Story told={told} question={question} />}
    </div>
  );
}

/** The whole in a few words. */
export function inBrief(told: Explanation | null): string {
  if (!told) return "";
  const fields = told.selections.flatMap((selection) => selection.fields);
  const refused = fields.filter(({ decision }) => decision === "REFUSED").length;
  const departments = [...new Set(told.calls.map(({ department }) => department))];
  return [
    departments.length > 0 ? `asks ${departments.join(", ")}` : "asks nobody",
    `at most ${counted(told.cost.figures, "figure")}`,
    ...(refused > 0 ? [`${refused} refused`] : []),
  ].join(", ");
}

function Story({ told, question }: { told: Explanation; question: Question }) {
  const { cost, calls } = told;
  return (
    <>
      <p>
        Asked for {told.organisation ?? "the public"},{" "}
        {told.purpose ? `for ${purposeInWords(told.purpose).toLowerCase()}` : "no purpose stated"}. {asked(calls)}
      </p>
      {told.selections.map((selection) => (
        <section key={selection.path.join(".")}>
          <p>
            {counted(selection.places, "place")} × {counted(selection.periods, "period")} ({selection.from} to{" "}
            {selection.to}) × {counted(selection.groups, "group")}: {counted(selection.rows, "row")}.
          </p>
          <ul className="decisions">
            {selection.fields.map((field) => (
              <li key={field.name} data-decision={field.decision}>
                <strong>{field.title}</strong> <small>{field.owner}</small>
                <p>
                  {because(field, told)}{" "}
                  {field.decision === "REFUSED" && (
                    <a href={proposing(question, field.owner)}>Propose an agreement</a>
                  )}
                </p>
              </li>
            ))}
          </ul>
        </section>
      ))}
      <p>
        At most {figures(cost.figures)} of {cost.mostFigures.toLocaleString("en-GB")} figures allowed at once,{" "}
        {megabytes(cost.bytes)} of {megabytes(cost.mostBytes)}; {counted(cost.units, "unit")} of your quota.
      </p>
    </>
  );
}

function because(field: Decided, told: Explanation): string {
  const no = against(field, told.warnings);
  if (no) return `${field.decision === "REFUSED" ? "Refused" : "No figures"}: ${no.reason} ${no.remedy}`;
  const under = (field.agreements ?? []).map(
    ({ id, version, title, notAfter }) => `${id} version ${version}, ${title}, until ${day(notAfter)}`,
  );
  const why = under.length > 0 ? `Under ${under.join("; ")}` : `Granted: ${ON[field.basis ?? ""] ?? field.basis}`;
  return `${[why, ...(field.treatment ?? [])].join(". ")}.`;
}

function asked(calls: Explanation["calls"]): string {
  if (calls.length === 0) return "No department will be asked.";
  const departments = [...new Set(calls.map(({ department }) => department))];
  return `${counted(calls.length, "call")} to ${departments.join(", ")}: ${[...new Set(calls.map(({ dataset }) => dataset))].join(", ")}.`;
}

const figures = (count: number): string => count.toLocaleString("en-GB");
const counted = (count: number, what: string): string =>
  `${count.toLocaleString("en-GB")} ${what}${count === 1 ? "" : "s"}`;
const megabytes = (bytes: number): string =>
  `${(bytes / 1e6).toLocaleString("en-GB", { maximumFractionDigits: 1 })} MB`;
