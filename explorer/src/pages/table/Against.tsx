/** What stands against a choice before it is made, in words. */
export const Against = ({ why }: { why: string[] | undefined }) =>
  why?.map((each) => (
    <p key={each} className="against">
      {each}
    </p>
  ));
