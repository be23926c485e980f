/** Why a field is null, in a few words: app/tabular/reasons.py does the same. */
import type { Problem } from "../gateway";

export type Step = string | number;
type Place = { at: Step[]; reason: string };

/** Looks up the reason for the null at a response path, list indices included. */
export type Reasons = (path: Step[]) => string | null;

export function reasons(problems: Problem[]): Reasons {
  const byKeys = new Map<string, Place[]>();
  for (const problem of problems) {
    const at = place(problem);
    const keys = at.filter((step) => typeof step === "string" && step !== "*");
    if (keys.length === 0) continue;
    const key = keys.join(".");
    byKeys.set(key, [...(byKeys.get(key) ?? []), { at, reason: inBrief(problem) }]);
  }
  if (byKeys.size === 0) return () => null;
  return (path) => {
    const keys = path.filter((step) => typeof step === "string");
    for (let length = 1; length <= keys.length; length++)
      for (const { at, reason } of byKeys.get(keys.slice(0, length).join(".")) ?? [])
        if (covers(at, path)) return reason;
    return null;
  };
}

function place({ path, extensions }: Problem): Step[] {
  if (extensions?.appliesTo?.length) return extensions.appliesTo;
  // An error about a measure stands for the whole selection, not for the first row alone.
  const whole = extensions && "coordinate" in extensions;
  return (path ?? []).map((step) => (whole && typeof step === "number" ? "*" : step));
}

export const covers = (place: Step[], path: Step[]): boolean =>
  place.length <= path.length &&
  place.every((step, index) => step === path[index] || (step === "*" && typeof path[index] === "number"));

function inBrief({ extensions }: Problem): string {
  const owner = extensions?.owner;
  const words = brief(extensions?.code);
  return typeof owner === "string" ? `${words}: ${owner}` : words;
}

function brief(code: string | undefined): string {
  switch (code) {
    case "UNAUTHORIZED_FIELD_OR_TYPE":
      return "withheld";
    case "DEPARTMENT_UNAVAILABLE":
    case "DEPARTMENT_REFUSED":
    case "DEPARTMENT_MISANSWERED":
      return "unavailable";
    case "NOT_OFFERED":
      return "not offered";
    default:
      return "error";
  }
}
