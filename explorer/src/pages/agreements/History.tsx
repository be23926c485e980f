/** What happened to an agreement, the newest first: who, when and why. */
import { type Event, stateInWords } from "./agreement";

const DONE: Record<string, string> = {
  propose: "Drafted",
  amend: "New terms drafted",
  submit: "Submitted",
  return: "Sent back",
  reject: "Turned down",
  sign: "Signed",
  approve: "Signed, as the last who must",
  cancel: "Withdrawn",
  schedule: "To come into force later",
  activate: "Put in force",
  supersede: "Replaced by another version",
  narrow: "Narrowed",
  suspend: "Put on hold",
  lapse: "Put on hold, as its review is overdue",
  resume: "Put in force again",
  terminate: "Ended",
  expire: "Its term was over",
};

export function History({ history }: { history: Event[] }) {
  return (
    <ol className="history" aria-label="History">
      {history
        .toReversed()
        .map(
          ({ version, move, to, at, by, organisation, party, comment, contentHash, simulationHash, signed }, index) => (
            <li key={index}>
              <p>
                <strong>{DONE[move] ?? move}</strong>{" "}
                <small>
                  version {version}, {stateInWords(to).toLowerCase()}
                </small>
              </p>
              <p>
                <time dateTime={at}>{moment(at)}</time>, {by ? `${by} of ${organisation}, as ${party}` : party}
                {signed && ", with a signature"}
              </p>
              {comment && <blockquote>{comment}</blockquote>}
              {signed && (
                <p className="hint">
                  Content <code>{contentHash.slice(0, 16)}…</code>
                  {simulationHash && (
                    <>
                      , simulation <code>{simulationHash.slice(0, 16)}…</code>
                    </>
                  )}
                </p>
              )}
            </li>
          ),
        )}
    </ol>
  );
}

/** A moment by London's clocks, to the minute. */
const moment = (text: string): string =>
  new Date(text).toLocaleString("en-GB", { dateStyle: "long", timeStyle: "short", timeZone: "Europe/London" });
