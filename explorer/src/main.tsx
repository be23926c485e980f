import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import "./colours.css";
import "./page.css";
import "./pages/pages.css";
import "./result/chart.css";

import { loadExamples } from "./examples";
import { loadPersonas } from "./session";
import { Workbench } from "./shell/Workbench";
import { finish, loadIssuers } from "./signIn";

const signedIn = await finish();
const [personas, examples] = await Promise.all([loadPersonas(), loadExamples()]);
const issuers = personas ? [] : await loadIssuers();
createRoot(document.getElementById("page") as HTMLElement).render(
  <StrictMode>
    <Workbench personas={personas} examples={examples} issuers={issuers} signedIn={signedIn} />
  </StrictMode>,
);
