// Asks a made-up API through EVERYTHING's client and prints what was seen, for test_sdk_typescript.py to judge.
import { ApiError, Client, type CallOptions, type Change, type ClientOptions, type Thing } from "./index.js";

declare const console: { log(line: string): void };

interface Seen {
  method: string;
  address: string;
  headers: Record<string, string>;
  body: unknown;
}

const ID = "018f2b6e-7c1d-7a53-9d0e-3f1b2a4c5d6e";
const THING: Thing = {
  id: ID,
  from: "here",
  at: "2026-11-28T07:00:00Z",
  parent: null,
  kind: "big",
  extra: { any: [1, null] },
  counts: { a: [1] },
  either: [{ form: "circle", radius: 1.5 }],
  parts: [],
};

function answer(status: number, body?: unknown, headers: Record<string, string> = {}): Response {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return new Response(body === undefined ? null : text, { status, headers });
}

const away = (seconds: string) =>
  answer(503, { code: "database_unavailable", detail: "Try again." }, { "retry-after": seconds });

/** A client of an API that gives these answers, one after the other; and what it was asked. */
function api(answers: Response[], options: ClientOptions = {}): { client: Client; seen: Seen[]; bodies: unknown[] } {
  const seen: Seen[] = [];
  const bodies: unknown[] = [];
  const fetch = async (address: unknown, init: RequestInit = {}): Promise<Response> => {
    const headers = Object.fromEntries(new Headers(init.headers ?? {}).entries());
    const body: unknown = typeof init.body === "string" ? JSON.parse(init.body) : null;
    bodies.push(init.body);
    seen.push({ method: init.method ?? "", address: String(address), headers, body });
    const next = answers.shift();
    if (next !== undefined) return next;
    return new Promise((_, reject) => {
      const stop = (): void => reject(init.signal?.reason as Error);
      if (init.signal?.aborted) stop();
      init.signal?.addEventListener("abort", stop);
    });
  };
  return { client: new Client("https://app.test/", { token: "t", fetch: fetch as typeof globalThis.fetch, ...options }), seen, bodies };
}

async function failure(call: Promise<unknown>): Promise<unknown> {
  try {
    await call;
    return "no error";
  } catch (error) {
    if (error instanceof ApiError) {
      const { status, code, message, retryAfterSeconds, requestId } = error;
      return { status, code, message, retryAfterSeconds, requestId };
    }
    return error instanceof Error || error instanceof DOMException ? error.name : "something else";
  }
}

const observed: Record<string, unknown> = {};

{
  const { client, seen } = api([answer(200, null)]);
  const change: Change = { title: null };
  const given = await client.changeThing(ID, change, { ifMatch: '"1"', since: "2026-11-28T07:00:00Z" });
  observed["request"] = { given, ...seen[0] };
}
{
  const { client, seen } = api([answer(200, { items: [], next: null })]);
  await client.listThings({ kind: "big", tag: ["a", "b&c"], hidden: false, page: 2 });
  observed["query"] = seen[0]?.address;
}
{
  const { client, seen } = api([answer(200, { a: 1 }), answer(204)]);
  const counted: Record<string, number> = await client.count("a/b ü", 3, [1, 2.5]);
  const nothing: void = await client.deleteThing(ID);
  observed["segments"] = { counted, nothing: nothing === undefined, address: seen[0]?.address };
  observed["dots"] = await failure(client.count("..", 3, []));
}
{
  const content = new Uint8Array([255, 0, 123, 125, 13, 10]);
  const { client, seen, bodies } = api([answer(204), new Response(content), new Response(null)]);
  await client.keepFile(ID, content);
  const given: Uint8Array = await client.getFile(ID);
  const empty = await client.getFile(ID);
  observed["file"] = {
    sent: bodies[0] === content,
    type: seen[0]?.headers["content-type"],
    accept: seen[1]?.headers["accept"],
    given: [...given],
    empty: empty.length,
  };
}
{
  const { client } = api([answer(200, { form: "square", side: 2 })]);
  const shape = await client.shapeOf("a", 1);
  observed["union"] = shape.form === "circle" ? shape.radius : shape.side;
}
{
  const page = (next: string | null) => answer(200, { items: [THING, THING], next });
  const { client, seen } = api([page(ID), page(null)]);
  const found: string[] = [];
  for await (const thing of client.iterateThings({ kind: "big" })) found.push(thing.id);
  observed["pages"] = { found: found.length, asked: seen.map((one) => one.address) };
}
{
  const told = answer(404, { code: "no_thing", detail: "None." }, { "x-request-id": "r1" });
  const problem = answer(409, { type: "https://x.test/problems/taken", title: "Taken", detail: "It is taken." });
  const page = answer(502, "<html>", { "retry-after": "7" });
  const { client } = api([told, problem, page, answer(200, "<html>")]);
  observed["errors"] = [];
  for (let i = 0; i < 4; i++) (observed["errors"] as unknown[]).push(await failure(client.deleteThing(ID)));
}

async function repeated(answers: Response[], call: (client: Client) => Promise<unknown>): Promise<unknown> {
  const { client, seen } = api(answers);
  return [await failure(call(client)), seen.length];
}
const post = (options: CallOptions & { idempotencyKey?: string }) => (client: Client) => client.createThing(THING, options);
const get = (client: Client) => client.listThings();
observed["repeats"] = {
  get: await repeated([away("0"), away("0"), answer(200, {})], get),
  bounded: await repeated([away("0"), away("0"), away("0"), answer(200, {})], get),
  post: await repeated([away("0"), answer(200, {})], post({})),
  keyed: await repeated([away("0"), answer(200, {})], post({ idempotencyKey: "k" })),
  long: await repeated([away("11"), answer(200, {})], get),
  unasked: await repeated([answer(503, {}), answer(200, {})], get),
  other: await repeated([answer(500, {}, { "retry-after": "0" }), answer(200, {})], get),
};
{
  const { client } = api([], { timeoutSeconds: 0.01 });
  observed["timeout"] = await failure(client.listThings());
  const controller = new AbortController();
  controller.abort();
  observed["aborted"] = await failure(client.listThings({ signal: controller.signal }));
  const waiting = api([away("9")], { timeoutSeconds: 0.01 });
  observed["timeout while pausing"] = [await failure(waiting.client.listThings()), waiting.seen.length];
}
{
  const session = answer(200, { form: "square", side: 2, csrf_token: "c1" });
  const { client, seen } = api([answer(204), session, answer(200, { items: [], next: null }), answer(204), answer(204)]);
  await client.deleteThing(ID);
  await client.shapeOf("a", 1);
  await client.listThings();
  await client.deleteThing(ID);
  observed["csrf"] = seen.map((one) => [one.method, one.headers["x-csrf-token"] ?? null]);
}
console.log(JSON.stringify(observed));
