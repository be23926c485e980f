/** The editor's own colours, so that text, selection and focus keep the page's contrast. */
import { useMonaco } from "@graphiql/react";
import { useEffect } from "react";

const BLUE = "#1a65a6";

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
        focusBorder: BLUE,
      },
      rules: [
        { token: "argument.identifier.gql", foreground: "4c2c92" },
        { token: "comment", foreground: "505a5f" },
      ],
    });
  }, [monaco]);
  return null;
}
