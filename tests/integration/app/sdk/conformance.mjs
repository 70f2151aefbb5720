// node conformance.mjs ADDRESS TOKEN SLUG DESK CLIENT: runs conformance.ts against the replica at an IP address, under the name that
// the platform knows it by, and prints which requests the API did not refuse: [[method, path], …].
import dns from "node:dns";

import { asBrowser, deskAt } from "./browser.mjs";
import { conform } from "./conformance.js";

const [address, token, slug, desk, client] = process.argv.slice(2);
dns.lookup = (name, options, callback) => {
  if (options.all) callback(null, [{ address, family: 4 }]);
  else callback(null, address, 4);
};
const done = [];
const plain = globalThis.fetch;
const fetch = asBrowser(plain, client);
globalThis.fetch = async (target, init) => {
  const response = await fetch(target, init);
  if (response.ok) done.push([init.method, new URL(target).pathname]);
  return response;
};
await conform("http://app.localhost:8000", token, slug, deskAt(plain, desk));
console.log(JSON.stringify(done));
