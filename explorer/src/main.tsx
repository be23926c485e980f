import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

// In parts: the whole (graphiql/style.css) embeds half a megabyte of fonts as data: addresses.
import "@graphiql/react/style.css";
import "@graphiql/plugin-doc-explorer/style.css";
import "@graphiql/plugin-history/style.css";
import "graphiql/graphiql.css";
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
