/** A drawing with its title, what its colours mean, and ways to take it away. */
import { type ReactNode, useState } from "react";

import type { Colours } from "./colours";
import { type Caption, composed, savePng, saveSvg } from "./picture";

type Props = {
  name: string;
  caption: Caption;
  colours: Colours;
  drawn: () => SVGSVGElement | null;
  children: ReactNode;
};

export function Picture({ name, caption, colours, drawn, children }: Props) {
  const [status, setStatus] = useState("");
  const { title, keys, notes } = caption;
  const save = async (how: typeof saveSvg | typeof savePng) => {
    const drawing = drawn();
    if (!drawing) return;
    try {
      await how(name, composed(drawing, caption, colours));
      setStatus("");
    } catch (error) {
      setStatus(`It could not be saved: ${String(error)}`);
    }
  };
  return (
    <figure className="picture">
      <figcaption>{title}</figcaption>
      {keys.length > 0 && (
        <ul className="keys">
          {keys.map(({ name, colour, dash, area }) => (
            <li key={name}>
              <svg viewBox="0 0 22 12" aria-hidden="true">
                {area ? (
                  <rect width="22" height="12" fill={colour} />
                ) : (
                  <line x1="0" x2="22" y1="6" y2="6" stroke={colour} strokeWidth="5" strokeDasharray={dash} />
                )}
              </svg>
              {name}
            </li>
          ))}
        </ul>
      )}
      {children}
      {notes.map((note) => (
        <p key={note} className="hint">
          {note}
        </p>
      ))}
      <p className="saving">
        <button type="button" onClick={() => void save(saveSvg)}>
          Save as SVG
        </button>
        <button type="button" onClick={() => void save(savePng)}>
          Save as PNG
        </button>
        <span role="status">{status}</span>
      </p>
    </figure>
  );
}
