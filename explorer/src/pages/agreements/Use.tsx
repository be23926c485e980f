/** What was read under an agreement: by whom and for what, and month by month. */
import { useMemo } from "react";

import { useAnswer } from "../../asked";
import { Messages } from "../../result/Messages";
import type { Session } from "../../session";
import { purposeInWords } from "../../session";
import { day } from "../../words";
import { type Bar, Stacked } from "./Stacked";

const MONTHS = 6;
type Counted = { operations: number; figures: number; suppressed: number };
type By = Counted & { organisation: string | null; purpose: string | null; lastUsed: string };
type Answered = { agreement: ({ use: Counted & { by: By[] } } & Record<string, Counted>) | null };

export function Use({ id, session }: { id: string; session: Session }) {
  const months = useMemo(() => lastMonths(new Date(), MONTHS), []);
  const query = `query Use($id: ID!) { agreement(id: $id) {
  use { operations figures suppressed by { organisation purpose operations figures suppressed lastUsed } }
  ${months.map(({ since }, at) => `m${at}: use(since: "${since}") { operations figures suppressed }`).join("\n  ")}
} }`;
  const { data, problems, busy } = useAnswer<Answered>(session, query, { id });
  const told = data?.agreement;
  if (!told) return busy ? <p className="hint">Counting …</p> : <Messages problems={problems} warnings={[]} />;
  const { use } = told;
  if (use.operations === 0) return <p>Nothing has been read under it yet.</p>;
  const none: Counted = { operations: 0, figures: 0, suppressed: 0 };
  const overTime = months.map(({ label }, at): Bar => {
    const [from, after] = [told[`m${at}`] ?? none, told[`m${at + 1}`] ?? none];
    return bar(label, {
      operations: from.operations - after.operations,
      figures: from.figures - after.figures,
      suppressed: from.suppressed - after.suppressed,
    });
  });
  return (
    <>
      <p>
        {use.operations.toLocaleString("en-GB")} requests in all, {use.figures.toLocaleString("en-GB")} figures, of
        which {use.suppressed.toLocaleString("en-GB")} were suppressed.
      </p>
      <div className="pair">
        <figure>
          <figcaption>Figures by organisation and purpose</figcaption>
          <Stacked
            title="Figures read, by organisation and purpose"
            bars={use.by.map((each) =>
              bar(
                `${each.organisation ?? "The public"}, ${each.purpose ? purposeInWords(each.purpose).toLowerCase() : "no purpose stated"}; last on ${day(each.lastUsed)}`,
                each,
              ),
            )}
          />
        </figure>
        <figure>
          <figcaption>Figures in each of the last {MONTHS} months</figcaption>
          <Stacked title="Figures read, by month" bars={overTime} />
        </figure>
      </div>
    </>
  );
}

const bar = (label: string, { figures, suppressed }: Counted): Bar => ({
  label,
  parts: [figures - suppressed, suppressed],
});

/** The first day and the name of the last months, the earliest first. */
function lastMonths(now: Date, count: number): { since: string; label: string }[] {
  return Array.from({ length: count }, (_, at) => {
    const first = new Date(Date.UTC(now.getFullYear(), now.getMonth() - (count - 1 - at), 1));
    const label = first.toLocaleDateString("en-GB", { month: "short", year: "numeric", timeZone: "UTC" });
    return { since: first.toISOString().slice(0, 10), label };
  });
}
