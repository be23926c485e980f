import { useTitle } from "../../shell/title";

export function Privacy() {
  useTitle("Privacy");
  return (
    <article>
      <h1>Privacy</h1>
      <p>This workbench asks nobody but the gateway that serves it. It has no cookies and measures nobody's visits.</p>
      <h2>What is kept</h2>
      <ul>
        <li>
          The gateway records every question: who asked, as their token says, for what purpose, what was granted and what
          was refused. That record is what lets owners share; it cannot be changed or deleted unnoticed.
        </li>
        <li>
          Your token is kept in this page's memory alone. Closing or reloading the page forgets it. While you sign in
          elsewhere, this tab keeps what it needs to know you by when you come back, and deletes it then.
        </li>
        <li>
          Record keeps the key of the transparency log in this browser, so that it sees if the key is another one day.
        </li>
        <li>
          GraphiQL keeps your tabs and your latest queries in this browser, so that you find them again. Clearing this
          site's data deletes them.
        </li>
        <li>
          The address of a page holds what you look at, your query and your purpose, after a #: your browser sends that
          part to nobody, but keeps it in its history, and whoever you give the address to can read it.
        </li>
      </ul>
    </article>
  );
}
