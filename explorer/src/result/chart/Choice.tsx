/** One of several, by a list that drops down. */
type ChoiceProps = { label: string; value: string; options: [string, string][]; choose: (value: string) => void };

export const Choice = ({ label, value, options, choose }: ChoiceProps) => (
  <label>
    {label}
    <select value={value} onChange={({ target }) => choose(target.value)}>
      {options.map(([name, words]) => (
        <option key={name} value={name}>
          {words}
        </option>
      ))}
    </select>
  </label>
);
