/** A question to start from, with its picture: opening it asks it in GraphiQL, as the one who would ask it. */
import { to } from "../../address";
import type { Example } from "../../examples";
import { Bars } from "../../result/Bars";
import { Lines } from "../../result/Lines";
import { type Persona, purposeInWords } from "../../session";
import { type Drawn, pictured } from "./picture";

/** Bars that a small picture has room for. */
const BARS = 5;

type Props = { example: Example; personas: Persona[] | null; drawn: Drawn | null | undefined; busy: boolean };

export function Question({ example, personas, drawn, busy }: Props) {
  const persona = personas?.find(({ name }) => name === example.persona);
  const open = to(["graphiql"], {
    query: example.query,
    variables: null,
    ...(persona && { as: persona.token ? persona.name : null, purpose: example.purpose || null }),
  });
  const who = [persona?.title ?? example.persona, example.purpose && purposeInWords(example.purpose)];
  return (
    <li className="question">
      <h3>
        <a href={open}>{example.title}</a>
      </h3>
      <p>{example.question}</p>
      {example.picture && <Drawing example={example} drawn={drawn} busy={busy} />}
      <small>Opens as: {who.filter(Boolean).join(" · ")}</small>
    </li>
  );
}

function Drawing({ example: { caption }, drawn, busy }: Omit<Props, "personas">) {
  const title = caption ?? "";
  const picture = drawn ? pictured(drawn) : null;
  if (!picture)
    return <p className="hint pending">{busy ? "Asking the departments …" : `${title}: not answered now.`}</p>;
  const places = title.includes("percent") ? 1 : 0;
  const more = picture.kind === "bars" && picture.bars.length > BARS ? `, the highest ${BARS} of ${picture.bars.length}` : "";
  return (
    <figure>
      <figcaption>
        {title}
        {more}
      </figcaption>
      {picture.kind === "lines" ? (
        <Lines all={picture.lines} places={places} title={title} size={[340, 130]} />
      ) : (
        <Bars drawn={picture.bars.slice(0, BARS)} places={places} title={title} />
      )}
    </figure>
  );
}
