import { to } from "../../address";
import { useTitle } from "../../shell/title";

export function Contact() {
  useTitle("Contact");
  return (
    <article>
      <h1>Contact</h1>
      <dl className="facts">
        <div>
          <dt>About a figure</dt>
          <dd>
            Ask the department that owns it: <a href={to(["catalogue"])}>the catalogue</a> names the owner of every
            measure, and its publisher's page where there is one.
          </dd>
        </div>
        <div>
          <dt>About an agreement</dt>
          <dd>
            Ask the data stewards of the departments in it: <a href="/register">the public register</a> lists every
            agreement in force.
          </dd>
        </div>
        <div>
          <dt>About this service</dt>
          <dd>
            Ask the team in your organisation that gave you its address. Tell them the operation's id, which every answer
            has in its header LMDT-Operation-Id.
          </dd>
        </div>
      </dl>
    </article>
  );
}
