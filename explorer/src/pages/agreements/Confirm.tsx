/** Asks once more before something is changed: what it is, what is signed, and why. */
import { type FormEvent, type ReactNode, useEffect, useId, useRef } from "react";

import type { Problem } from "../../gateway";
import { Messages } from "../../result/Messages";

type Props = {
  title: string;
  children: ReactNode;
  /** The label of the reason that must be given; none where none is. */
  reason?: string | undefined;
  busy: boolean;
  problems: Problem[];
  confirm: (reason: string) => void;
  leave: () => void;
};

export function Confirm({ title, children, reason, busy, problems, confirm, leave }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useId();
  useEffect(() => {
    dialog.current?.showModal(); // it keeps the keyboard within, and Escape leaves it
  }, []);
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    confirm(new FormData(event.currentTarget).get("reason")?.toString().trim() ?? "");
  };
  return (
    <dialog ref={dialog} className="confirm" aria-labelledby={heading} onClose={leave}>
      <form onSubmit={submit}>
        <h2 id={heading}>{title}</h2>
        {children}
        {reason && (
          <label className="field">
            {reason}: it is kept, and shown to the other party
            <textarea name="reason" required rows={3} maxLength={2000} />
          </label>
        )}
        <Messages problems={problems} warnings={[]} />
        <p className="several">
          <button type="submit" className="action" disabled={busy}>
            {busy ? "Sending …" : title}
          </button>
          <button type="button" className="plain" onClick={() => dialog.current?.close()}>
            Leave it as it is
          </button>
        </p>
      </form>
    </dialog>
  );
}
