// Writes answers.json: what this JavaScript says of expressions and texts. Run with `node make.mjs` (Node 20 here).
import { writeFileSync } from "node:fs";

const TEXTS = ["", "a", "A", "ab", "aab", "abab", "1", "a1", "a-b", "12345", "true", "TRUE", "true\n", "\n", "a\nb", "\r\n",
  "\u2028", " ", "\u00a0", "\ufeff", "é", "É", "ß", "ẞ", "ſ", "K", "İ", "i", "ς", "Σ", "😀", "a😀b", "\ud83d", "٣", "v12", "latest",
  "{2}", "/", "a/b", "]", "\\", "\u0000", "\u0001", "\b", "postgres://a/b", "a b", "aaaaaaaaaaaa", "x@y.z"];

const WRITTEN = String.raw`/.{1,}/
/^([^\s^\/])+$/
/^(true|false)$/
/^(true|false)$/i
/^\d+$/
/^\d{0,2}$/
/^(?=.*\d).{10,}$/
/postgres://.+/.+/
/^http[s]?$/
/(.{8,})|(^\s{0}$)/m
/^v[0-9]{1,}|latest$/
/^((?!fpm)\S)+$/
/^(master|slave|)$/
/^[^"]*$/
/a$/
/a$/m
/^b/m
/^.$/
/^.$/u
/^.$/s
/^.$/su
/^[^]$/
/[]/
/^[^a]$/i
/^\w$/
/^\w$/i
/^\w$/iu
/^\W$/iu
/^\s$/
/^\S+$/
/^\D$/
/\bb\b/
/\B/
/^k$/i
/^k$/iu
/^s$/iu
/^ß$/iu
/^ß$/i
/^i$/iu
/^σ$/i
/^σ$/iu
/^é$/i
/^[a-z]$/i
/^[à-ÿ]$/i
/^(?<x>a)\k<x>b$/
/^\k<x>$/
/(a)|b\1/
/^(?:(a)|b)*\1$/
/^(a*)*$/
/^(a*)+?b?$/
/^(?:a|ab)(?:c|bcd|b)?(?:d*)$/
/^(z)((a+)?(b+)?(c))*$/
/(?<=a)b/
/(?<!a)b/
/(?<=(a)(b))\1/
/(?<=\1(a))b/
/(?=(a+))a*b\1/
/(?!a)./
/(?:(?=a)b)*1/
/(?=a)*b/
/(?=a)*b/u
/^a{2}$/
/^a{2,}$/
/^a{2,3}?$/
/^a{,2}$/
/^{2}$/
/{/
/{/u
/a{1/
/^]$/
/^]$/u
/^}$/
/a**/
/+a/
/a{2}{3}/
/a{3,2}/
/(/
/)/
/[/
/[b-a]/
/[\d-x]/
/[\d-x]/u
/[a-\d]/
/[\w-]/
/\-/u
/[\-]/u
/\a/
/\a/u
/\_/
/\//
/\//u
/\0/
/\00/u
/\1/
/\1/u
/\8/
/\07/
/[\07]/
/\x41/
/\x4/
/\x4/u
/\u0041/
/\u{41}/
/\u{41}/u
/\u{110000}/u
/\ud83d/
/\ud83d/u
/\ud83d\ude00/u
/^[😀]$/
/^[😀]$/u
/^[^😀]$/u
/^😀{1}$/u
/\cA/
/\ca/u
/\c/
/\c/u
/[\c]/
/[\b]/
/[\B]/u
/\k/
/\k<a>/u
/(?<a>.)(?<a>.)/
/(?<1>.)/
/(?a)/
/a/y
/b/y
/a/gd
/a/gg
/a/x
/[^\W]/iu
/[^\d\D]/
/.*.*=.*/
/^[\w.+-]+@[\w-]+\.[\w.]+$/
/^(([a-z0-9]+)-)*[a-z0-9]+$/
/^([a-z0-9]+\-)*[a-z0-9]+$/`.split("\n");

// Expressions of random parts, the same each time.
let state = 20261128;
const random = (below) => {
  state = (Math.imul(state, 1103515245) + 12345) >>> 0;
  return (state >>> 8) % below;
};
const pick = (list) => list[random(list.length)];
const ATOMS = ["a", "b", "A", "1", "\\d", "\\w", "\\W", "\\s", "\\S", ".", "[ab]", "[^ab]", "[a-c]", "[^]",
  "\\1", "\\2", "-", "é", "😀", "/", "\\/", "ß", "ſ", "K", "\\n", "[\\w-]", "{", "]"];
const EDGES = ["^", "$", "\\b", "\\B"];
const REPEATS = ["", "", "", "", "*", "+", "?", "{2}", "{1,}", "{0,2}", "{0}", "*?", "+?", "??"];
const OPENERS = ["(", "(", "(?:", "(?=", "(?!", "(?<=", "(?<!"];
const expression = (depth) => {
  let made = "";
  for (let parts = 1 + random(3); parts > 0; parts--) {
    const kind = random(10);
    if (kind < 3 && depth < 3) made += `${pick(OPENERS)}${expression(depth + 1)})`;
    else if (kind === 3 && depth < 3) made += `(?:${expression(depth + 1)}|${expression(depth + 1)})`;
    else if (kind === 4) made += pick(EDGES);
    else made += pick(ATOMS);
    if (kind !== 4) made += pick(REPEATS);
  }
  return made;
};
// With u, V8 looks for \B between the two halves of a character as well, which the standard does not.
const MADE = Array.from({ length: 400 }, () => `/${expression(0)}/${["", "", "i", "m", "s", "u", "iu", "ms"][random(8)]}`)
  .filter((literal) => !/\\B.*\/i?u$/.test(literal));

const answer = (literal) => {
  const end = literal.lastIndexOf("/");
  const [body, flags] = [literal.slice(1, end), literal.slice(end + 1)];
  try {
    new RegExp(body, flags);
  } catch {
    return null; // refused
  }
  // One digit per text: 1 where it fits. A new object each time, since g and y remember where they were.
  return TEXTS.map((text) => (new RegExp(body, flags).test(text) ? "1" : "0")).join("");
};
const answers = Object.fromEntries([...WRITTEN, ...MADE].map((literal) => [literal, answer(literal)]));
writeFileSync(new URL("answers.json", import.meta.url), `${JSON.stringify({ texts: TEXTS, answers }, null, 1)}\n`);
