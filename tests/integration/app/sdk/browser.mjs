// What a browser adds to the requests of fetch (the SDK adds the session's token), and a desk: a mailbox and an authenticator app.
import { createHmac } from "node:crypto";

const COOKIE = "__Host-flotilla_session";

export function asBrowser(fetch, client) {
  let cookie = "";
  return async (target, init) => {
    const headers = new Headers(init.headers);
    headers.set("Origin", "http://app.localhost");
    headers.set("Sec-Fetch-Site", "same-origin");
    headers.set("X-Real-IP", client);
    if (cookie) headers.set("Cookie", `${COOKIE}=${cookie}`);
    const response = await fetch(target, { ...init, headers });
    const [said] = response.headers.getSetCookie();
    if (said?.startsWith(`${COOKIE}=`)) cookie = said.slice(COOKIE.length + 1).split(";")[0];
    return response;
  };
}

function code(key) {
  const bits = [...key.replace(/=+$/, "")]
    .map((letter) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(letter).toString(2).padStart(5, "0"))
    .join("");
  const secret = Buffer.from(bits.match(/.{8}/g).map((byte) => Number.parseInt(byte, 2)));
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30000)));
  const digest = createHmac("sha1", secret).update(step).digest();
  const number = digest.readUInt32BE(digest[19] & 15) & 0x7fffffff;
  return String(number % 1000000).padStart(6, "0");
}

export function deskAt(fetch, address) {
  const ask = async (what) => (await fetch(`${address}/${what}`)).text();
  return {
    mailed: ask,
    first: () => ask("first-administrator"),
    delivered: (webhook) => ask(`delivered/${webhook}`),
    code,
  };
}
