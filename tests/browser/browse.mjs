// Chromium with one page, which a script goes through as a person does.
import { chromium } from "playwright-core";
import { join } from "node:path";

// Everything that the browser is to reach is `host`, at `address`. Complaints, of what the policy forbids, what is missing and
// what breaks, go to the list.
export async function browse({ host, address, folder, complaints, viewport, patience }) {
    const context = await chromium.launchPersistentContext(join(folder, "profile"), {
        executablePath: "/usr/bin/chromium",
        headless: true,
        viewport,
        locale: "en-GB",
        timezoneId: "Europe/Vienna",
        args: [
            "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
            `--host-resolver-rules=MAP ${host} ${address}, MAP * ~NOTFOUND`,
        ],
    });
    const page = await context.newPage();
    page.setDefaultTimeout(patience);
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("console", (message) => { if (message.type() === "error") complaints.push(message.text()); });
    return { context, page };
}
