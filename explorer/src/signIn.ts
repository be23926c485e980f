/** Signing in by OpenID Connect, by code with PKCE. What is kept on the way is kept by this tab until one is back; the
 * token lives in memory only. */
import type { AuthorizationServer } from "oauth4webapi";

/** `clientId`: as whom this page is known there. */
export type Issuer = { issuer: string; clientId: string; scope: string };
/** `token`: null where it failed, and `problem` says why. */
export type SignedIn = { token: string | null; problem: string };
type Underway = Issuer & { verifier: string; state: string; nonce: string; fragment: string };

const PLACE = "signing in";

/** Where people may sign in. */
export async function loadIssuers(): Promise<Issuer[]> {
  const response = await fetch("/sign-in.json");
  return response.ok ? ((await response.json()) as Issuer[]) : [];
}

/** Leaves for the issuer's page. Throws an Error where it cannot be asked. */
export async function begin(issuer: Issuer): Promise<void> {
  const { oauth, server } = await known(issuer);
  if (!server.authorization_endpoint) throw new Error("it has no page to sign in at");
  const [verifier, state, nonce] = [
    oauth.generateRandomCodeVerifier(),
    oauth.generateRandomState(),
    oauth.generateRandomNonce(),
  ];
  const underway: Underway = { ...issuer, verifier, state, nonce, fragment: location.hash };
  sessionStorage.setItem(PLACE, JSON.stringify(underway));
  const there = new URL(server.authorization_endpoint);
  const asked = {
    client_id: issuer.clientId,
    redirect_uri: here(),
    response_type: "code",
    scope: issuer.scope,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
    state,
    nonce,
  };
  for (const [name, value] of Object.entries(asked)) there.searchParams.set(name, value);
  location.assign(there);
}

/** What came of it, where the issuer has just sent one back; null otherwise. The address is as it was before. */
export async function finish(): Promise<SignedIn | null> {
  const back = new URL(location.href);
  const kept = sessionStorage.getItem(PLACE);
  if (!back.searchParams.has("state") || !kept) return null;
  sessionStorage.removeItem(PLACE);
  const underway = JSON.parse(kept) as Underway;
  history.replaceState(null, "", `${location.pathname}${underway.fragment}`);
  try {
    return { token: await exchanged(back, underway), problem: "" };
  } catch (error) {
    return { token: null, problem: `Signing in failed: ${said(error)}.` };
  }
}

async function exchanged(back: URL, underway: Underway): Promise<string> {
  const { oauth, server, options } = await known(underway);
  const client = { client_id: underway.clientId };
  const parameters = oauth.validateAuthResponse(server, client, back, underway.state);
  const response = await oauth.authorizationCodeGrantRequest(
    server,
    client,
    oauth.None(),
    parameters,
    here(),
    underway.verifier,
    options,
  );
  const tokens = await oauth.processAuthorizationCodeResponse(server, client, response, {
    expectedNonce: underway.nonce,
    requireIdToken: true,
  });
  return tokens.access_token;
}

async function known({ issuer }: Issuer) {
  const oauth = await import("oauth4webapi");
  const address = new URL(issuer);
  // The gateway names no issuer without https but on this machine.
  const options = { [oauth.allowInsecureRequests]: address.protocol === "http:" };
  const server: AuthorizationServer = await oauth.processDiscoveryResponse(
    address,
    await oauth.discoveryRequest(address, options),
  );
  return { oauth, server, options };
}

/** What the issuer says, where it says something. */
function said(error: unknown): string {
  const { error_description: description, error: code } = error as { error_description?: string; error?: string };
  return description ?? code ?? (error instanceof Error ? error.message : String(error));
}

const here = (): string => `${location.origin}/`;
