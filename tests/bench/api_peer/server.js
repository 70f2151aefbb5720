// A plain Express server on Prisma: three of the platform's operations, on the same table, for one tenant.
// Environment: PEER_DATABASE_URL, PEER_PORT, PEER_TOKEN, PEER_ORGANISATION, PEER_POOL (connections).
import { timingSafeEqual } from "node:crypto";

import { PrismaPg } from "@prisma/adapter-pg";
import { PrismaClient } from "@prisma/client";
import express from "express";

const { PEER_DATABASE_URL, PEER_PORT, PEER_TOKEN, PEER_ORGANISATION, PEER_POOL } = process.env;
const prisma = new PrismaClient({
  adapter: new PrismaPg({ connectionString: PEER_DATABASE_URL, max: Number(PEER_POOL) }),
});
const expected = Buffer.from(`Bearer ${PEER_TOKEN}`);
const shown = Object.fromEntries(
  [
    ...["id", "siteId", "slug", "title", "body", "excerpt", "status", "publishedAt", "language", "translationGroupId"],
    ...["coverMediaId", "seoTitle", "seoDescription", "canonicalUrl", "createdAt", "updatedAt"],
  ].map((name) => [name, true]),
);
const related = {
  tags: { select: { tag: { select: { slug: true } } } },
  authors: { select: { accountId: true }, orderBy: { position: "asc" } },
};
const whole = ({ tags, authors, ...post }) => ({
  ...post,
  tags: tags.map((one) => one.tag.slug),
  authors: authors.map((one) => one.accountId),
});

const app = express();
app.disable("x-powered-by");
app.use((request, response, next) => {
  const given = Buffer.from(request.get("authorization") ?? "");
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
    return response.status(401).json({ detail: "Send the token." });
  }
  next();
});
app.use(express.json({ limit: "1mb" }));

app.get("/sites/:site/posts", async (request, response) => {
  const limit = Math.min(Number(request.query.limit ?? 20), 1000);
  const items = await prisma.post.findMany({
    where: { organisationId: PEER_ORGANISATION, siteId: request.params.site },
    orderBy: { id: "asc" },
    take: limit + 1,
    select: shown,
  });
  response.json({ items: items.slice(0, limit), next: items.length > limit ? items[limit - 1].id : null });
});

app.get("/sites/:site/posts/:post", async (request, response) => {
  const post = await prisma.post.findFirst({
    where: { organisationId: PEER_ORGANISATION, siteId: request.params.site, id: request.params.post },
    select: { ...shown, ...related },
  });
  if (post === null) return response.status(404).json({ detail: "There is no such post." });
  response.json(whole(post));
});

app.post("/sites/:site/posts", async (request, response) => {
  const { title, body } = request.body ?? {};
  if (typeof title !== "string" || title === "" || title.length > 300 || typeof body !== "string") {
    return response.status(422).json({ detail: "A post has a title and a body." });
  }
  const slug = `${title.toLowerCase().replace(/[^a-z0-9]+/g, "-")}-${Math.random().toString(36).slice(2, 14)}`;
  const post = await prisma.post.create({
    data: {
      organisationId: PEER_ORGANISATION,
      siteId: request.params.site,
      title,
      body,
      slug,
      status: "published",
      publishedAt: new Date(),
      // As the platform does: every save keeps a revision.
      revisions: { create: { organisationId: PEER_ORGANISATION, siteId: request.params.site, title, body } },
    },
    select: shown,
  });
  response.status(201).json({ ...post, tags: [], authors: [] });
});

app.listen(Number(PEER_PORT), "0.0.0.0", () => console.log("listening"));
