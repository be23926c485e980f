/** The frame around every page: its name, the way to the others, who one is, and the foot. */
import { lazy, type MouseEvent, type ReactNode, Suspense, useEffect, useRef } from "react";

import { type Address, to, useAddress } from "../address";
import type { Example } from "../examples";
import { Catalogue } from "../pages/catalogue/Catalogue";
import { MeasurePage } from "../pages/catalogue/MeasurePage";
import { Accessibility } from "../pages/foot/Accessibility";
import { Contact } from "../pages/foot/Contact";
import { Documents } from "../pages/foot/Documents";
import { Privacy } from "../pages/foot/Privacy";
import { PlacePage } from "../pages/places/PlacePage";
import { Start } from "../pages/start/Start";
import type { Persona, Session } from "../session";
import type { Issuer, SignedIn } from "../signIn";
import { Identity } from "./Identity";
import { useSession } from "./session";

const AgreementPage = lazy(() => import("../pages/agreements/AgreementPage"));
const AgreementsPage = lazy(() => import("../pages/agreements/AgreementsPage"));
const DemandPage = lazy(() => import("../pages/demand/DemandPage"));
const GraphiqlPage = lazy(() => import("../pages/graphiql/GraphiqlPage"));
const ProposePage = lazy(() => import("../pages/propose/ProposePage"));
const RecordPage = lazy(() => import("../pages/record/RecordPage"));
const TablePage = lazy(() => import("../pages/table/TablePage"));

const PAGES = [
  { path: [], title: "Start" },
  { path: ["catalogue"], title: "Catalogue" },
  { path: ["table"], title: "Table" },
  { path: ["agreements"], title: "Agreements" },
  { path: ["demand"], title: "Demand" },
  { path: ["record"], title: "Record" },
  { path: ["graphiql"], title: "GraphiQL" },
];
const FOOT = [
  { path: ["accessibility"], title: "Accessibility statement" },
  { path: ["privacy"], title: "Privacy" },
  { path: ["contact"], title: "Contact" },
  { path: ["documents"], title: "Documents" },
];
/** The page of the navigation that a page without an entry of its own belongs to. */
const UNDER: Record<string, string> = {
  measure: "catalogue",
  place: "",
  agreement: "agreements",
  propose: "agreements",
};

type Props = { personas: Persona[] | null; examples: Example[]; issuers: Issuer[]; signedIn: SignedIn | null };

export function Workbench({ personas, examples, issuers, signedIn }: Props) {
  const address = useAddress();
  const { session, become } = useSession(personas, address);
  const main = useRef<HTMLElement>(null);
  const name = address.path[0] ?? "";
  const place = address.path.join("/");
  useArrival(main, place);

  const skip = (event: MouseEvent) => {
    event.preventDefault(); // the address is the page's own
    main.current?.focus();
  };
  const under = UNDER[name] ?? name;

  return (
    <>
      <a className="skip" href="#content" onClick={skip}>
        {name === "graphiql" ? "Skip to the query" : "Skip to the content"}
      </a>
      <header className="masthead">
        <div className="name">
          <a href={to([])}>Labour Market Data Trust</a>
          {personas && <strong className="tag">Synthetic figures only</strong>}
        </div>
        <nav aria-label="Pages">
          {PAGES.map(({ path, title }) => (
            <a key={title} href={to(path)} aria-current={(path[0] ?? "") === under ? "page" : undefined}>
              {title}
            </a>
          ))}
        </nav>
        <Identity personas={personas} issuers={issuers} signedIn={signedIn} session={session} become={become} />
      </header>
      <main
        ref={main}
        id="content"
        className={name === "graphiql" ? "editing" : name === "table" ? "reading wide" : "reading"}
        tabIndex={-1}
      >
        <Suspense fallback={<p className="hint">Opening the page …</p>}>
          {page(address, { personas, examples, session, become })}
        </Suspense>
      </main>
      <footer className="foot">
        <nav aria-label="About">
          {FOOT.map(({ path, title }) => (
            <a key={title} href={to(path)} aria-current={path[0] === name ? "page" : undefined}>
              {title}
            </a>
          ))}
        </nav>
        <p>Contains public sector information licensed under the Open Government Licence v3.0.</p>
      </footer>
    </>
  );
}

type Shown = Pick<Props, "personas" | "examples"> & { session: Session; become: (next: Session) => void };

function page(address: Address, { personas, examples, session, become }: Shown): ReactNode {
  const [name = "", about = ""] = address.path;
  switch (name) {
    case "":
      return <Start address={address} examples={examples} session={session} personas={personas} />;
    case "catalogue":
      return <Catalogue address={address} session={session} />;
    case "measure":
      return <MeasurePage name={about} session={session} />;
    case "place":
      return <PlacePage code={about} session={session} />;
    case "table":
      return <TablePage address={address} session={session} />;
    case "agreements":
      return <AgreementsPage address={address} session={session} />;
    case "agreement":
      return <AgreementPage address={address} session={session} />;
    case "propose":
      return <ProposePage address={address} session={session} />;
    case "demand":
      return <DemandPage address={address} session={session} />;
    case "record":
      return <RecordPage session={session} />;
    case "graphiql":
      return (
        <GraphiqlPage address={address} examples={examples} personas={personas} session={session} become={become} />
      );
    case "accessibility":
      return <Accessibility />;
    case "privacy":
      return <Privacy />;
    case "contact":
      return <Contact />;
    case "documents":
      return <Documents />;
    default:
      return (
        <>
          <h1>There is no such page</h1>
          <p>
            <a href={to([])}>Begin at the start</a>, or look in <a href={to(["catalogue"])}>the catalogue</a>.
          </p>
        </>
      );
  }
}

/** On another page than the first, reading begins at its top. */
function useArrival(main: { current: HTMLElement | null }, place: string): void {
  const from = useRef(place);
  useEffect(() => {
    if (from.current === place) return;
    from.current = place;
    main.current?.focus({ preventScroll: true });
    window.scrollTo(0, 0);
  }, [main, place]);
}
