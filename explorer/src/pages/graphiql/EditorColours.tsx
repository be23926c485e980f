/** The editor's own colours, so that text, selection and focus keep the page's contrast. */
import { useMonaco } from "@graphiql/react";
import { useEffect } from "react";

const BLUE = "#1a65a6";
const PALE_BLUE = "#8cc4f0";

export function EditorColours() {
  const monaco = useMonaco((state) => state.monaco);
  useEffect(() => {
    monaco?.editor.defineTheme("graphiql-LIGHT", {
      base: "vs",
      inherit: true,
      colors: {
        "editor.background": "#ffffff00",
        "scrollbar.shadow": "#ffffff00",
        "textLink.foreground": BLUE,
        "textLink.activeForeground": BLUE,
        "editorHoverWidget.background": "#ffffff",
        "editorSuggestWidget.background": "#ffffff",
        "editorSuggestWidget.selectedBackground": "#e8f1f8",
        "editorSuggestWidget.selectedForeground": "#0b0c0c",
        "list.highlightForeground": BLUE,
        "list.focusHighlightForeground": BLUE,
        "list.hoverBackground": "#e8f1f8",
        "editorWidget.background": "#ffffff",
        "editorLineNumber.foreground": "#505a5f",
        "editorLineNumber.dimmedForeground": "#505a5f",
        focusBorder: BLUE,
      },
      rules: [
        { token: "argument.identifier.gql", foreground: "4c2c92" },
        { token: "comment", foreground: "505a5f" },
      ],
    });
    monaco?.editor.defineTheme("graphiql-DARK", {
      base: "vs-dark",
      inherit: true,
      colors: {
        "editor.background": "#ffffff00",
        "scrollbar.shadow": "#ffffff00",
        "textLink.foreground": PALE_BLUE,
        "textLink.activeForeground": PALE_BLUE,
        "editorHoverWidget.background": "#1d2226",
        "editorSuggestWidget.background": "#1d2226",
        "editorSuggestWidget.selectedBackground": "#263845",
        "editorSuggestWidget.selectedForeground": "#f3f2f1",
        "list.highlightForeground": PALE_BLUE,
        "list.focusHighlightForeground": PALE_BLUE,
        "list.hoverBackground": "#263845",
        "editorWidget.background": "#1d2226",
        "editorLineNumber.foreground": "#b1b8bd",
        "editorLineNumber.dimmedForeground": "#b1b8bd",
        focusBorder: PALE_BLUE,
      },
      rules: [
        { token: "argument.identifier.gql", foreground: "c9b3f5" },
        { token: "comment", foreground: "b1b8bd" },
      ],
    });
  }, [monaco]);
  return null;
}
