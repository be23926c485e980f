/** Which columns are seen. */
import type { Shape } from "./Grid";

type Props = { shapes: Shape[]; hidden: string[]; hide: (names: string[]) => void };

export function Columns({ shapes, hidden, hide }: Props) {
  const seen = shapes.filter(({ column }) => !hidden.includes(column.name)).length;
  return (
    <details className="columns">
      <summary>
        Columns ({seen} of {shapes.length})
      </summary>
      <ul>
        {shapes.map(({ column: { name }, title }) => (
          <li key={name}>
            <label>
              <input
                type="checkbox"
                checked={!hidden.includes(name)}
                onChange={({ target }) =>
                  hide(target.checked ? hidden.filter((each) => each !== name) : [...hidden, name])
                }
              />
              {title}
            </label>
          </li>
        ))}
      </ul>
    </details>
  );
}
