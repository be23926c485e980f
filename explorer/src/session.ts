/** Who asks, and why. Lives in memory only: closing the page forgets the token. */

export type Persona = {
  name: string;
  title: string;
  organisation: string | null;
  purposes: string[];
  token: string | null;
};

export type Session = { token: string | null; purpose: string | null };

export const PUBLIC: Session = { token: null, purpose: null };

/** The people one can be in the demonstration; null outside it, where the page asks for a token. */
export async function loadPersonas(): Promise<Persona[] | null> {
  const response = await fetch("/demo/personas");
  return response.ok ? ((await response.json()) as Persona[]) : null;
}

export function headers(session: Session): Record<string, string> {
  return {
    ...(session.token ? { Authorization: `Bearer ${session.token}` } : {}),
    ...(session.purpose ? { Purpose: session.purpose } : {}),
  };
}

/** "economic-recovery" as words. */
export function purposeInWords(purpose: string): string {
  const words = purpose.replaceAll("-", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}
