// Apollo Client's persisted queries against one address: the data, the error, and what was sent.
import { ApolloClient, ApolloLink, gql, HttpLink, InMemoryCache } from "@apollo/client";
import { PersistedQueryLink } from "@apollo/client/link/persisted-queries";
import { createHash } from "node:crypto";

const [url, method] = process.argv.slice(2);
const sent = [];
async function send(address, options) {
  const text = options.method === "GET" ? new URL(address).searchParams.get("query") : JSON.parse(options.body).query;
  sent.push({ method: options.method, text: Boolean(text) });
  return fetch(address, options);
}
const sha256 = (text) => createHash("sha256").update(text).digest("hex");
const persisted = new PersistedQueryLink({ sha256, useGETForHashedQueries: method === "GET" });
const link = ApolloLink.from([persisted, new HttpLink({ uri: url, fetch: send })]);
const client = new ApolloClient({ link, cache: new InMemoryCache() });
const query = gql`query ($code: AreaCode!) { area(code: $code) { code name } }`;
const answers = [];
for (const code of ["E08000003", "E09000001"]) {
  const { data, error } = await client.query({ query, variables: { code }, fetchPolicy: "no-cache" });
  answers.push({ name: data?.area?.name, error: error?.message });
}
console.log(JSON.stringify({ answers, sent }));
