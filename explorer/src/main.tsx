import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import "graphiql/style.css";
import "./page.css";
import "./workers";

import { Explorer } from "./Explorer";
import { loadExamples } from "./examples";
import { loadPersonas } from "./session";

const [personas, examples] = await Promise.all([loadPersonas(), loadExamples()]);
createRoot(document.getElementById("page")!).render(
  <StrictMode>
    <Explorer personas={personas} examples={examples} />
  </StrictMode>,
);
