/** Bars of two parts, with their numbers: figures that were shown and that were suppressed, or demand met and unmet. */
export type Bar = { label: string; parts: [number, number] };

type Props = { bars: Bar[]; title: string; names?: [string, string] };

export function Stacked({ bars, title, names = ["shown", "suppressed"] }: Props) {
  const high = Math.max(...bars.map(({ parts }) => parts[0] + parts[1]), 1);
  return (
    <div className="stacked">
      <ul className="legend">
        {names.map((name, at) => (
          <li key={name}>
            <span className={`key part-${at}`} aria-hidden="true" />
            {name}
          </li>
        ))}
      </ul>
      <ul className="bars-of-two" aria-label={title}>
        {bars.map(({ label, parts }) => (
          <li key={label}>
            <span>{label}</span>
            <svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
              <rect className="part-0" width={(parts[0] / high) * 100} height="10" />
              <rect className="part-1" x={(parts[0] / high) * 100} width={(parts[1] / high) * 100} height="10" />
            </svg>
            <span className="number">
              {parts[0].toLocaleString("en-GB")} {names[0]}
              {parts[1] > 0 && `, ${parts[1].toLocaleString("en-GB")} ${names[1]}`}
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
}
