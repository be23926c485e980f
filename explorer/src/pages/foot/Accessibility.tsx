import { useTitle } from "../../shell/title";

export function Accessibility() {
  useTitle("Accessibility statement");
  return (
    <article>
      <h1>Accessibility statement</h1>
      <p>
        This workbench should be of use to everyone. You can reach all of it by keyboard, zoom to 400 per cent or read
        it on a screen 320 pixels wide without scrolling sideways, and have it light or dark as your system is set.
        Every chart and map has the same figures as text: as a table, which can be taken away as CSV.
      </p>
      <h2>How it was tested</h2>
      <p>
        Whenever the workbench changes, its pages are tested in Chromium with axe, by keyboard and at 320 pixels. It has
        not been tried with screen readers or speech recognition yet, nor tested by anyone independent, and so claims no
        conformance with the Web Content Accessibility Guidelines.
      </p>
      <h2>What is not accessible yet</h2>
      <ul>
        <li>
          The editor in GraphiQL keeps the Tab key to itself: press Ctrl+M (Ctrl+Shift+M on a Mac) to let Tab leave it.
        </li>
        <li>
          In GraphiQL, the button that closes a query's tab lies inside the tab, which screen readers may not tell.
        </li>
        <li>Small pictures on the first page have a name, but their figures stand as text only in what they open.</li>
        <li>
          Of tables with more than 500 rows only those in sight are drawn, so that the browser's own search does not
          find the others: use "Rows with" above the table.
        </li>
        <li>In the JSON of GraphiQL long lists end after 1,000 items; the table has all.</li>
      </ul>
    </article>
  );
}
