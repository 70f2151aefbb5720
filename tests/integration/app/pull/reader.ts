// Another codebase, which has the pulled types and node-postgres and nothing of ours: prints what it reads as JSON.
// node reader.js URL ORGANISATION_ID

import pg from "pg";
import type { OrganisationRow, PostInsert, PostRow, SiteRow, Tables } from "./tables.js";

type Seen = Pick<PostRow, "title" | "created_at" | "published_at"> & {
  site: SiteRow["slug"];
  theme_settings: SiteRow["theme_settings"];
  organisation: OrganisationRow["name"];
};

const [url, organisation] = process.argv.slice(2);
const client = new pg.Client({ connectionString: url });
await client.connect();
await client.query("SELECT set_config('flotilla.organisation_id', $1, false)", [organisation]);

// What a new row needs: the compiler holds it against the table's columns.
const site: Tables["site"]["row"]["id"] = (
  await client.query<Pick<SiteRow, "id">>("SELECT id FROM site WHERE title = 'Read by others'")
).rows[0]!.id;
const added: PostInsert = { site_id: site, title: "From TypeScript", slug: "from-typescript", body: "", published_at: new Date(), status: "published" };
const columns = Object.keys(added) as (keyof PostInsert)[];
await client.query(
  `INSERT INTO post (${columns.join(", ")}) VALUES (${columns.map((_, place) => `$${place + 1}`).join(", ")})`,
  columns.map((column) => added[column]),
);

const { rows } = await client.query<Seen>(
  `SELECT post.title, post.created_at, post.published_at, site.slug AS site, site.theme_settings,
          organisation.name AS organisation
   FROM post JOIN site ON site.id = post.site_id JOIN organisation ON organisation.id = post.organisation_id
   WHERE site.id = $1 ORDER BY post.id DESC`,
  [site],
);
console.log(JSON.stringify(rows.map((row) => ({ ...row, hours: row.created_at.getUTCHours() }))));
await client.end();
