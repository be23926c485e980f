/** The first page: what is there, found by words; questions with their pictures; and what is new. */
import { type Address, to } from "../../address";
import { useAnswer } from "../../asked";
import type { Example } from "../../examples";
import { Messages } from "../../result/Messages";
import { type Persona, PUBLIC, type Session } from "../../session";
import { useTitle } from "../../shell/title";
import { Found } from "./Found";
import { Lately, type Newest } from "./Lately";
import type { Drawn } from "./picture";
import { Question } from "./Question";
import { SearchBox } from "./SearchBox";

type Props = { address: Address; examples: Example[]; session: Session; personas: Persona[] | null };
type Pictures = { measures: Newest[] | null } & Record<`p${number}`, Drawn | null>;

export function Start({ address, examples, session, personas }: Props) {
  const search = address.params.get("search") ?? "";
  useTitle(search ? `Search: ${search}` : "Start");
  // One question for all pictures, open to everyone, whoever one is: what a department cannot answer is missing alone.
  const pictures = examples.map(({ picture }, at) => (picture ? `p${at}: ${picture}` : "")).join(" ");
  const newest = "measures { name title every latest { label end } }";
  const { data, problems, busy } = useAnswer<Pictures>(PUBLIC, `{ ${newest} ${pictures} }`);

  return (
    <>
      <h1>Ask the labour market</h1>
      <p className="lead">
        Figures of several departments, asked where they are, in one question. Search for a measure or a place, or begin
        with a question below.
      </p>
      <SearchBox
        path={[]}
        search={search}
        label="Search for a measure or a place"
        hint="Such as wage, jobless, Carlisle or E07000028"
      />
      {search && <Found search={search} session={session} />}
      <section aria-labelledby="questions" aria-busy={busy}>
        <h2 id="questions">Questions to start from</h2>
        {data === null && <Messages problems={problems} warnings={[]} />}
        <ul className="questions-shown">
          {examples.map((example, at) => (
            <Question key={example.title} example={example} personas={personas} drawn={data?.[`p${at}`]} busy={busy} />
          ))}
        </ul>
      </section>
      <Lately measures={data?.measures ?? null} busy={busy} />
      <p>
        Something else? <a href={to(["table"])}>Build a table</a>, look through{" "}
        <a href={to(["catalogue"])}>the catalogue</a>, or{" "}
        <a href={to(["graphiql"])}>write your own question in GraphiQL</a>.
      </p>
    </>
  );
}
