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

  const redirect = await client.createRedirect(site.id, { from_path: "/old", to_url: "/new" });
  check(same(await client.getRedirect(site.id, redirect.id), redirect), "the redirect that was made", redirect);
  const gone = { status_code: 410, to_url: null } as const;
  const left = await client.changeRedirect(site.id, redirect.id, gone, { ifMatch: redirect.etag });
  check(left.status_code === 410 && left.to_url === null, "the redirect changed", left);
  const ofPath = await client.listRedirects(site.id, { fromPath: "/old" });
  check(same(ofPath.items, [left]), "the redirect of a path", ofPath);
  await client.deleteRedirect(site.id, redirect.id, { ifMatch: left.etag });

  const entry = await client.createNavigationItem(site.id, { menu: "header", label: "One", url: "/" });
  const second = await client.createNavigationItem(site.id, { menu: "header", label: "Two", url: "#two" });
  const moved = await client.changeNavigationItem(site.id, second.id, { position: 0 }, { ifMatch: second.etag });
  check(moved.position === 0 && moved.label === "Two", "the entry that was moved", moved);
  const behind = await client.getNavigationItem(site.id, entry.id);
  check(behind.position === 1, "the entry behind it", behind);
  const menu = await client.listNavigation(site.id, { menu: "header" });
  check(same(menu.items, [behind, moved]), "the menu in the order of making", menu);
  await client.deleteNavigationItem(site.id, moved.id, { ifMatch: moved.etag });

  const subscriber = await client.createSubscriber(site.id, { email: "Reader@example.org" });
  check(subscriber.email === "reader@example.org" && subscriber.status === "pending", "the subscriber", subscriber);
  const confirmed = { status: "active" } as const;
  const active = await client.changeSubscriber(site.id, subscriber.id, confirmed, { ifMatch: subscriber.etag });
  check(active.confirmed_at !== null, "the subscriber who confirmed", active);
  check(same(await client.getSubscriber(site.id, active.id), active), "the subscriber that is read", active);
  const readers = await client.listSubscribers(site.id, { status: "active", sort: "-id" });
  check(same(readers.items, [active]), "the active subscribers", readers);
  await client.deleteSubscriber(site.id, active.id, { ifMatch: active.etag });

  const hook = await client.createWebhook({ url: "https://example.org", events: ["post.changed"], site_id: site.id });
  check(hook.secret.startsWith("whsec_"), "a webhook with its secret", hook);
  const paused = await client.changeWebhook(hook.id, { paused: true }, { ifMatch: hook.etag });
  check(paused.paused_at !== null, "the webhook that is paused", paused);
  check(same(await client.getWebhook(hook.id), paused), "the webhook that is read", paused);
  const hooks = await client.listWebhooks({ siteId: site.id });
  check(same(hooks.items, [paused]), "the site's webhooks", hooks);
  const told = await desk.delivered(hook.id);
  const deliveries = await client.listWebhookDeliveries(hook.id, { status: "pending" });
  check(deliveries.items.length === 1 && deliveries.items[0]?.id === told, "what is to be delivered", deliveries);
  const delivery = await client.getWebhookDelivery(hook.id, told);
  check(same(delivery.payload, {}) && delivery.event === "post.changed", "the delivery", delivery);
  await client.deleteWebhook(hook.id, { ifMatch: paused.etag });

  const content = Uint8Array.from([..."GIF89a\x02\0\x01\0\xff\0;"].map((letter) => letter.charCodeAt(0)));
  const uploaded = await client.uploadMedia(site.id, content, { fileName: "tide", alternativeText: "Tide" });
  check(uploaded.file_name === "tide.gif" && uploaded.width_pixels === 2, "the picture that was uploaded", uploaded);
  const picture = uploaded.id;
  const held = await client.getMediaContent(site.id, picture);
  check(same([...held], [...content]), "what the picture holds", [...held]);
  const described = await client.changeMedia(site.id, picture, { alternative_text: "The tide" });
  check(described.alternative_text === "The tide", "the picture that was described", described);
  check(same(await client.getMedia(site.id, picture), described), "the picture that is read", described);
  const pictures = await client.listMedia(site.id, { limit: 1 });
  check(same(pictures.items, [described]), "the site's pictures", pictures);
  await client.deleteMedia(site.id, picture, { ifMatch: described.etag });

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
