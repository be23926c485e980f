/** Who you are: a persona in the demonstration, a token elsewhere. */
import { type FormEvent, useEffect, useState } from "react";

import { read } from "../address";
import { ask } from "../gateway";
import { type Persona, PUBLIC, purposeInWords, type Session } from "../session";
import { begin, type Issuer, type SignedIn } from "../signIn";

type Props = { session: Session; become: (next: Session) => void };

type Door = { issuers: Issuer[]; signedIn: SignedIn | null };

export function Identity({ personas, issuers, signedIn, ...props }: Props & Door & { personas: Persona[] | null }) {
  return personas ? (
    <AsPersona personas={personas} {...props} />
  ) : (
    <ByToken issuers={issuers} signedIn={signedIn} {...props} />
  );
}

function AsPersona({ personas, session, become }: Props & { personas: Persona[] }) {
  const persona = personas.find((each) => each.token === session.token) ?? personas[0];
  const choose = (name: string) => {
    const chosen = personas.find((each) => each.name === name);
    if (chosen) become({ token: chosen.token, purpose: chosen.purposes[0] ?? null });
  };
  return (
    <div className="identity">
      <label>
        You are
        <select value={persona?.name} onChange={(event) => choose(event.target.value)}>
          {personas.map((each) => (
            <option key={each.name} value={each.name}>
              {each.title}
            </option>
          ))}
        </select>
      </label>
      <Purpose purposes={persona?.purposes ?? []} session={session} become={become} />
    </div>
  );
}

function ByToken({ session, become, issuers, signedIn }: Props & Door) {
  const [purposes, setPurposes] = useState<string[]>([]);
  const [told, setTold] = useState(signedIn?.problem || "No token: you read what is open to everyone.");

  const use = async (token: string | null) => {
    const answer = await ask({ token, purpose: null }, { query: "{ me { subject organisation purposes } }" });
    const me = (answer.data as { me?: { subject: string; organisation: string | null; purposes: string[] } })?.me;
    if (!me) {
      become(PUBLIC);
      setPurposes([]);
      setTold(answer.errors?.[0]?.message ?? "The gateway does not say who you are.");
      return;
    }
    // An address may have come with a purpose.
    const wanted = read().params.get("purpose") ?? "";
    become({ token, purpose: me.purposes.includes(wanted) ? wanted : (me.purposes[0] ?? null) });
    setPurposes(me.purposes);
    setTold(me.organisation ? `You are ${me.subject}, ${me.organisation}.` : "You read what is open to everyone.");
  };
  useEffect(() => {
    if (signedIn?.token) void use(signedIn.token);
    // Once: a token that one came back with is used when the page opens.
  }, []);
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    void use(new FormData(event.currentTarget).get("token")?.toString().trim() || null);
  };
  const leave = (issuer: Issuer) => {
    setTold(`Going to ${new URL(issuer.issuer).host} …`);
    begin(issuer).catch((error: unknown) =>
      setTold(`Signing in failed: ${error instanceof Error ? error.message : String(error)}.`),
    );
  };
  const forget = () => {
    become(PUBLIC);
    setPurposes([]);
    setTold("Signed out here: you read what is open to everyone.");
  };

  return (
    <div className="identity">
      {session.token ? (
        <button type="button" onClick={forget}>
          Sign out
        </button>
      ) : (
        issuers.map((issuer) => (
          <button key={issuer.issuer} type="button" onClick={() => leave(issuer)}>
            {issuers.length > 1 ? `Sign in at ${new URL(issuer.issuer).host}` : "Sign in"}
          </button>
        ))
      )}
      {!session.token && (
        <form className="identity" onSubmit={submit}>
          <label>
            {issuers.length > 0 ? "Or your token" : "Your token"}
            <input name="token" type="password" autoComplete="off" spellCheck={false} aria-describedby="told" />
          </label>
          <button type="submit">Use it</button>
        </form>
      )}
      <Purpose purposes={purposes} session={session} become={become} />
      <p id="told" role="status">
        {told}
      </p>
    </div>
  );
}

function Purpose({ purposes, session, become }: Props & { purposes: string[] }) {
  return (
    <label>
      Purpose
      <select
        value={session.purpose ?? ""}
        disabled={purposes.length === 0}
        onChange={(event) => become({ ...session, purpose: event.target.value || null })}
      >
        {purposes.length === 0 && <option value="">None: open data only</option>}
        {purposes.map((each) => (
          <option key={each} value={each}>
            {purposeInWords(each)}
          </option>
        ))}
      </select>
    </label>
  );
}
