// Every operation of the API through the TypeScript SDK; a check that fails throws. Started by conformance.mjs.
import { ApiError, Client, type ListedPost, type Post, type Site } from "./index.js";
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
  const [one] = posts;
  check(one !== undefined && one.body === text, "the post is as it was sent", one);
  const listed = posts.map(({ tags: _, authors: __, ...rest }) => rest);
  const page = await client.listPosts(site.id, { limit: 2 });
  check(same(page.items, listed.slice(0, 2)) && page.next !== null, "the first page", page);
  const walked: ListedPost[] = [];
  for await (const post of client.iteratePosts(site.id, { limit: 2 })) walked.push(post);
  check(same(walked, listed), "all pages", walked);

  const titles: string[] = [];
  for await (const post of client.iteratePosts(site.id, { limit: 1, sort: "-title" })) titles.push(post.title);
  check(same(titles, ["Two", "Three", "One"]), "all pages in another order", titles);

  check(same(await client.getPost(site.id, one.id), one), "the post that is read is the one that was made", one);
  const change = { title: "Changed", tags: ["a", "b"], seo_title: null };
  const keyed = { ifMatch: one.etag, idempotencyKey: `${slug}-1` };
  const changed = await client.changePost(site.id, one.id, change, keyed);
  check(changed.title === "Changed" && same(changed.tags, ["a", "b"]) && changed.body === text, "changed", changed);
  check(same(await client.changePost(site.id, one.id, change, keyed), changed), "done once", changed);
  const stale = await refusal(client.changePost(site.id, one.id, change, { ifMatch: one.etag }));
  check(stale.status === 412 && stale.code === "changed_meanwhile", "another version", stale);
  const kept = await client.listRevisions(site.id, one.id, { limit: 1 });
  const first = await client.getRevision(site.id, one.id, kept.items[0]?.id ?? "");
  check(first.title === "One" && first.body === text, "the first revision", first);
  let revisions = 0;
  for await (const _ of client.iterateRevisions(site.id, one.id, { limit: 1 })) revisions += 1;
  check(revisions === 2, "a revision for each save", revisions);
  const restored = await client.restoreRevision(site.id, one.id, first.id, { ifMatch: changed.etag });
  check(restored.title === "One", "restored", restored);
  await client.deletePost(site.id, one.id, { ifMatch: restored.etag });

  const tag = await client.createTag(site.id, { slug: "c", name: "See" });
  const sea = await client.changeTag(site.id, tag.id, { name: "Sea" }, { ifMatch: tag.etag });
  check(same(await client.getTag(site.id, tag.id), sea) && sea.name === "Sea", "the tag changed", sea);
  const tags = await client.listTags(site.id, { limit: 10 });
  check(same(tags.items.map((each) => each.slug), ["a", "b", "c"]), "the site's tags", tags);
  await client.deleteTag(site.id, tag.id, { ifMatch: sea.etag });

  const key = await client.createApiKey({ name: "A key", scopes: ["read_content"], site_id: site.id });
  check(key.secret.startsWith(key.prefix), "a key with its secret", key);
  check((await client.getApiKey(key.id)).name === "A key", "the key that is read", key);
  check((await client.listApiKeys({ limit: 1 })).items.length === 1, "as many keys as were asked for", key);
  await client.revokeApiKey(key.id);
  const renamed = await client.changeSite(site.id, { title: "Renamed", theme_settings: { a: [1, null] } });
  check(renamed.title === "Renamed" && same(renamed.theme_settings, { a: [1, null] }), "the site changed", renamed);
  const other = await client.createSite({ slug: `${slug}-b`, title: "Another" });
  await client.deleteSite(other.id, { ifMatch: other.etag });

  const taken = await refusal(client.createSite({ slug, title: "Another" }));
  check(taken.status === 409 && taken.code === "slug_taken", "a slug is given once", taken);
  const faulty = await refusal(client.createPost(site.id, { title: "", body: "" }));
  check(faulty.status === 422 && faulty.requestId !== null, "a title is needed", faulty);
  const unknown = await refusal(new Client(baseUrl).getSite(site.id));
  check(unknown.status === 401 && unknown.code === "unauthorized", "nothing without the token", unknown);
  await people(client, slug, desk);
}
