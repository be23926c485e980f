import { useTitle } from "../../shell/title";

const DOCUMENTS = [
  { href: "/register", title: "Register of agreements", about: "Every agreement that is in force." },
  { href: "/register.csv", title: "Register of agreements as CSV", about: "The same, for a spreadsheet." },
  { href: "/schema.graphql", title: "Schema", about: "All that can be asked, in GraphQL's own language." },
  { href: "/examples.json", title: "Questions", about: "The questions to start from, with their queries." },
  { href: "/readyz", title: "Readiness", about: "Which departments answer at the moment." },
  { href: "/.well-known/jwks.json", title: "Keys", about: "What departments check the Trust's statements with." },
];

export function Documents() {
  useTitle("Documents");
  return (
    <article>
      <h1>Documents</h1>
      <dl className="facts">
        {DOCUMENTS.map(({ href, title, about }) => (
          <div key={href}>
            <dt>
              <a href={href}>{title}</a>
            </dt>
            <dd>{about}</dd>
          </div>
        ))}
      </dl>
    </article>
  );
}
