// Goes through Studio as a person does, in Chromium, and writes what it saw as JSON: node studio.mjs ADDRESS EMAIL PASSWORD FOLDER
// ADDRESS is the replica's; the browser calls it admin.localhost. Pictures go to FOLDER.
import { join } from "node:path";
import { argv, stdout } from "node:process";
import { browse } from "./browse.mjs";

const [, , address, email, password, folder] = argv;
const base = "http://admin.localhost:8000/studio";
const seen = { complaints: [] };

const { context, page } = await browse({
    host: "admin.localhost", address, folder, complaints: seen.complaints, viewport: { width: 1280, height: 800 }, patience: 10_000,
});

const text = (selector) => page.locator(selector).first().innerText();
const picture = (name) => page.screenshot({ path: join(folder, `${name}.png`) });
const rows = () => page.locator("tbody tr[data-sa-pk]").count();
async function leave(act) {
    await Promise.all([page.waitForNavigation(), act()]);
}
async function choose(field, words) {
    await page.locator(`#${field} + .select2`).click();
    await page.locator(".select2-search__field").last().fill(words);
    await page.locator(".select2-results__option", { hasText: words }).first().click();
}

try {
    // Signing in.
    await page.goto(`${base}/`);
    await page.fill("#email", email);
    await page.fill("#password", password);
    await leave(() => page.click("button:has-text('Sign in')"));
    seen.state = await text(".studio-state >> nth=1");
    await picture("home");

    // Browsing, filtering, sorting.
    await leave(() => page.click(".list-group-item[href$='/post/list']"));
    seen.all = await rows();
    await page.click("button:has-text('Filters')");
    const filter = (part) => page.locator(`[data-sa-hook='filter-rows'] [data-sa-hook='filter-row-${part}']`);
    await filter("field").selectOption("status");
    await filter("op").selectOption("eq");
    await filter("value-select").selectOption("draft");
    await leave(() => page.click("button:has-text('Apply filters')"));
    seen.drafts = await rows();
    await leave(() => page.locator("th a.sort-link", { hasText: "Title" }).click());
    seen.sorted = await page.locator("td[data-column='title']").allInnerTexts();
    await picture("list");

    // Following a relation; reading only.
    await leave(() => page.locator("td[data-column='site_id'] a").first().click());
    seen.related = await text("h1.page-title");
    seen.refused = (await page.goto(page.url().replace("/detail?", "/edit?"))).status();
    await page.goBack();
    await picture("row");

    // Switching writing on, with a reason.
    await page.click("#switch-on");
    await page.fill("#studio-reason", "ticket 4711");
    await leave(() => page.click("#studio-writing button[type=submit]"));
    seen.writing = await text(".studio-state >> nth=1");

    // JSON: what is none is told and stays; then what is.
    await leave(() => page.click("a:has-text('Edit')"));
    await page.fill(".studio-editor textarea", '{"colour": ');
    await leave(() => page.click("#studio-save"));
    seen.noJson = await text(".invalid-feedback");
    seen.typed = await page.inputValue(".studio-editor textarea");
    await picture("complaint");
    await page.fill(".studio-editor textarea", '{"colour": "teal"}');
    await leave(() => page.click("#studio-save"));

    // A new row with an enum, a time with its zone, and a relation.
    await page.goto(`${base}/post/list`);
    await leave(() => page.click("a:has-text('New post')"));
    await choose("site_id", "browsed");
    await page.fill("#title", "Made in the browser");
    await page.fill("#slug", "made-in-the-browser");
    await page.selectOption("#status", "scheduled");
    await page.fill("#published_at", "2030-01-02T10:30:00+01:00");
    seen.local = await text("[data-studio-local]");
    await picture("form");
    await leave(() => page.click("#studio-save"));
    seen.added = await text("#alertContainer");

    // Deleting it tells what goes with it.
    await leave(() => page.locator("tr", { hasText: "Made in the browser" }).locator("td[data-column='title']").click());
    seen.time = await page.locator("time").first().getAttribute("title");
    await leave(() => page.click("a:has-text('Delete')"));
    seen.hanging = await text(".card-body");
    await leave(() => page.click("#studio-delete"));
    seen.deleted = await text("#alertContainer");

    // The audit has it all.
    await page.goto(`${base}/audit_event/list`);
    seen.audit = await page.locator("td[data-column='action']").allInnerTexts();
    await leave(() => page.locator("td[data-column='action']").first().click());
    seen.event = await text("#tableContent");
    await picture("audit");

    // As a tenant.
    await page.goto(`${base}/organisation/list`);
    await leave(() => page.locator("tr", { hasText: "Browsed" }).locator("td[data-column='name']").click());
    await leave(() => page.click("a:has-text('See as this tenant')"));
    await leave(() => page.click("#studio-see-as"));
    seen.tenant = await text(".studio-state");
    await page.goto(`${base}/organisation/list`);
    seen.own = await rows();
    await picture("tenant");

    // Out again.
    await page.click("[aria-label='Open user menu'] >> visible=true");
    await leave(() => page.click("button:has-text('Sign out') >> visible=true"));
    await page.goto(`${base}/post/list`);
    seen.out = await page.locator("#password").count();
} catch (error) {
    seen.failed = `${error.message} (${page.url()})`;
    await picture("failed");
}
await context.close();
stdout.write(JSON.stringify(seen));
