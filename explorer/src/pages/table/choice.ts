/** What a person has chosen for a table, in the words of the model. */

export const LEVELS = ["UK", "COUNTRY", "REGION", "COMBINED_AUTHORITY", "LSIP", "LA"] as const;
export const EVERY = ["MONTH", "QUARTER", "YEAR", "ACADEMIC_YEAR"] as const;
/** At most so many facets in one question. */
export const FACETS = 3;

export type Places = { codes: string[] } | { level: string; within: string | null };
export type Periods = { last: number } | { from: string; to: string };
/** `latest`: what is published less often shows its newest figure on each row. */
export type Choice = {
  measures: string[];
  places: Places;
  periods: Periods;
  every: string;
  by: string[];
  latest: boolean;
};

export const FIRST: Choice = {
  measures: [],
  places: { level: "REGION", within: null },
  periods: { last: 12 },
  every: "MONTH",
  by: [],
  latest: false,
};

/** Fields of `Group` by their facets; those with a name are objects. */
export const GROUP: Record<string, string> = {
  SEX: "sex",
  AGE_BAND: "ageBand",
  INDUSTRY: "industry { code name }",
  OCCUPATION: "occupation { code name }",
  QUALIFICATION_LEVEL: "qualificationLevel",
  SUBJECT_AREA: "subjectArea { code name }",
  ETHNICITY: "ethnicity",
  DISABILITY: "disability",
  FAMILY_TYPE: "familyType",
  SIZE_BAND: "sizeBand",
};

/** How many periods make a good beginning. */
export const LAST: Record<string, number> = { MONTH: 12, QUARTER: 8, YEAR: 5, ACADEMIC_YEAR: 5 };

type Published = { name: string; every: string };

/** With a measure more or less. What is asked for each row follows the measures, until a person says otherwise. */
export function withMeasures(choice: Choice, measures: string[], catalogue: Published[]): Choice {
  const every = measures.flatMap((name) => catalogue.find((each) => each.name === name)?.every ?? []);
  const shortest = EVERY.find((each) => every.includes(each)) ?? choice.every;
  const fresh = choice.measures.length === 0 && "last" in choice.periods;
  return {
    ...choice,
    measures,
    every: fresh ? shortest : choice.every,
    periods: fresh ? { last: LAST[shortest] ?? 12 } : choice.periods,
    latest: choice.latest || every.some((each) => each !== (fresh ? shortest : choice.every)),
  };
}

/** A first choice about a measure, for the widest of the levels it is published for that still tells places apart. */
export function choiceAbout({ name, every, levels }: Published & { levels: string[] }): Choice {
  const level = ["REGION", "COUNTRY", "UK"].find((each) => levels.includes(each)) ?? "LA";
  return withMeasures({ ...FIRST, places: { level, within: null } }, [name], [{ name, every }]);
}
