// Every operation of the API through the TypeScript SDK; a check that fails throws. Started by conformance.mjs.
import { ApiError, Client, type Post, type Site } from "./index.js";
import { people, type Desk } from "./people.js";

function check(holds: boolean, what: string, seen: unknown): asserts holds {
  if (!holds) throw new Error(`${what}: ${JSON.stringify(seen)}`);
}

const same = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);

async function refusal(call: Promise<unknown>): Promise<ApiError> {
  try {
    await call;
  } catch (error) {
    if (error instanceof ApiError) return error;
    throw error;
  }
  throw new Error("the API did not refuse");
}

export async function conform(baseUrl: string, token: string, slug: string, desk: Desk): Promise<void> {
  const client = new Client(baseUrl, { token });

  const site: Site = await client.createSite({ slug, title: "A site" });
  check(site.slug === slug && !Number.isNaN(Date.parse(site.created_at)), "the site that was made", site);
  check(same(await client.getSite(site.id), site), "the site that is read is the one that was made", site);
  const sites = await client.listSites({ limit: 1 });
  check(sites.items.length === 1, "as many sites as were asked for", sites);
  const slugs: string[] = [];
  for await (const one of client.iterateSites({ limit: 2 })) slugs.push(one.slug);
  check(slugs.filter((one) => one === slug).length === 1, "the site is among all sites, once", slugs);

  const text = "Line\n“quotes” & <tags> 🚀 ' \\ %s :x";
  const posts: Post[] = [];
  for (const title of ["One", "Two", "Three"]) posts.push(await client.createPost(site.id, { title, body: text }));
  check(posts[0]?.body === text, "the post is as it was sent", posts[0]);
  const page = await client.listPosts(site.id, { limit: 2 });
  check(same(page.items, posts.slice(0, 2)) && page.next !== null, "the first page", page);
  const walked: Post[] = [];
  for await (const post of client.iteratePosts(site.id, { limit: 2 })) walked.push(post);
  check(same(walked, posts), "all pages", walked);

  const taken = await refusal(client.createSite({ slug, title: "Another" }));
  check(taken.status === 409 && taken.code === "slug_taken", "a slug is given once", taken);
  const faulty = await refusal(client.createPost(site.id, { title: "", body: "" }));
  check(faulty.status === 422 && faulty.requestId !== null, "a title is needed", faulty);
  const unknown = await refusal(new Client(baseUrl).getSite(site.id));
  check(unknown.status === 401 && unknown.code === "unauthorized", "nothing without the token", unknown);
  await people(client, slug, desk);
}
