/** A page whose question is not answered yet, or was refused. */
import type { Problem } from "../gateway";
import { Messages } from "../result/Messages";

type Props = { title: string; busy: boolean; problems: Problem[]; back: { href: string; words: string } };

export const Unanswered = ({ title, busy, problems, back }: Props) => (
  <>
    <h1>{title}</h1>
    <p role="status" aria-busy={busy}>
      {busy ? "Asking …" : ""}
    </p>
    <Messages problems={problems} warnings={[]} />
    <a href={back.href}>{back.words}</a>
  </>
);
