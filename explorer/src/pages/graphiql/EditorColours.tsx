/** The editor's own colours, so that text, selection and focus keep the page's contrast. */
import { useMonaco } from "@graphiql/react";
import { useEffect } from "react";

type Colours = { accent: string; paper: string; selected: string; ink: string; quiet: string; argument: string };

const LIGHT: Colours = {
  accent: "#1a65a6",
  paper: "#ffffff",
  selected: "#e8f1f8",
  ink: "#0b0c0c",
  quiet: "#505a5f",
  argument: "#4c2c92",
};
const DARK: Colours = {
  accent: "#8cc4f0",
  paper: "#1d2226",
  selected: "#263845",
  ink: "#f3f2f1",
  quiet: "#b1b8bd",
  argument: "#c9b3f5",
};

const theme = (base: "vs" | "vs-dark", { accent, paper, selected, ink, quiet, argument }: Colours) => ({
  base,
  inherit: true,
  colors: {
    "editor.background": "#ffffff00",
    "scrollbar.shadow": "#ffffff00",
    "textLink.foreground": accent,
    "textLink.activeForeground": accent,
    "editorHoverWidget.background": paper,
    "editorSuggestWidget.background": paper,
    "editorSuggestWidget.selectedBackground": selected,
    "editorSuggestWidget.selectedForeground": ink,
    "list.highlightForeground": accent,
    "list.focusHighlightForeground": accent,
    "list.hoverBackground": selected,
    "editorWidget.background": paper,
    "editorLineNumber.foreground": quiet,
    "editorLineNumber.dimmedForeground": quiet,
    focusBorder: accent,
  },
  rules: [
    { token: "argument.identifier.gql", foreground: argument.slice(1) },
    { token: "comment", foreground: quiet.slice(1) },
  ],
});

export function EditorColours() {
  const monaco = useMonaco((state) => state.monaco);
  useEffect(() => {
    monaco?.editor.defineTheme("graphiql-LIGHT", theme("vs", LIGHT));
    monaco?.editor.defineTheme("graphiql-DARK", theme("vs-dark", DARK));
  }, [monaco]);
  return null;
}
