/** What was refused, that first of which one agreement would answer the most, each with the draft that would do it. */
import { proposing } from "../../result/proposing";
import { day, inSmallLetters, levelInWords } from "../../words";
import { asked, counted, type Unmet, who } from "./demand";

type Props = { unmet: Unmet[]; me: { organisation: string | null }; title: (name: string) => string };

export function Helpful({ unmet, me, title }: Props) {
  if (unmet.length === 0) return <p>Nothing was refused.</p>;
  return (
    <ol className="results helpful" aria-label="What one agreement would meet">
      {unmet.map((one, index) => {
        const { owner, consumer, purpose, operations, sinceMet, untold, fields, draft, wouldAnswer } = one;
        const names = fields.map(({ coordinate }) => title(coordinate.replace("LabourMarket.", "")));
        return (
          <li key={index}>
            <h3>
              {names.join(", ")}: {owner} for {who(consumer)}
            </h3>
            <p>
              {counted(operations, "question")} refused
              {purpose ? ` for ${purpose.replaceAll("-", " ")}` : ", no purpose stated"}, last on {day(one.lastAsked)}.{" "}
              {draft && wouldAnswer !== null ? (
                <strong>One agreement would answer {wouldAnswer.toLocaleString("en-GB")} of them.</strong>
              ) : sinceMet >= operations ? (
                "All of them would be answered today."
              ) : (
                "No agreement could allow it."
              )}{" "}
              {sinceMet > 0 && sinceMet < operations && `${sinceMet} would be answered today already. `}
              {untold > 0 && `Of ${untold} the record does not say enough.`}
            </p>
            <small>{extent(one)}</small>{" "}
            {draft && consumer !== null && consumer === me.organisation && one.levels.length > 0 && (
              <a href={proposing({ query: asked(one) }, owner)}>Open the draft</a>
            )}
          </li>
        );
      })}
    </ol>
  );
}

function extent({ levels, breakdowns, first, last }: Unmet): string {
  const by = breakdowns.map((facets) => facets.map(inSmallLetters).join(" and ")).filter(Boolean);
  return [
    levels.map(levelInWords).join(", "),
    by.length > 0 && `by ${by.join("; ")}`,
    first && last && `${day(first)} to ${day(last)}`,
  ]
    .filter(Boolean)
    .join(" · ");
}
