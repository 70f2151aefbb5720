// Goes through the pages of accounts as a person does, in Chromium, and writes what it saw as JSON:
//   node accounts.mjs ADDRESS DESK EMAIL FOLDER
// ADDRESS is the replica's; the browser calls it app.localhost. DESK/<address of mail> answers with the secret of the newest
// mail's link. Pictures go to FOLDER.
import { createHmac } from "node:crypto";
import { join } from "node:path";
import { argv, stdout } from "node:process";
import { browse } from "./browse.mjs";

const [, , address, desk, email, folder] = argv;
const base = "http://app.localhost:8000";
const password = "a quiet harbour", another = "a lighthouse at dawn";
const seen = { complaints: [], senders: [] };

const { context, page } = await browse({
    host: "app.localhost", address, folder, complaints: seen.complaints, viewport: { width: 1000, height: 800 }, patience: 15_000,
});

// Which script each request of the pages comes from, as Chromium itself says.
const watching = await context.newCDPSession(page);
await watching.send("Network.enable");
watching.on("Network.requestWillBeSent", ({ type, initiator, request }) => {
    if (!["Fetch", "XHR", "Ping", "EventSource", "WebSocket"].includes(type)) return;
    const script = initiator.stack?.callFrames[0]?.url ?? initiator.type;
    seen.senders.push([new URL(request.url).pathname, script.replace(/^.*\/static\/[0-9a-f]+\//, "")]);
});

const picture = (name) => page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
const mailed = async (to) => (await fetch(`${desk}/${to}`)).text();
const press = (words) => page.click(`button:has-text("${words}") >> visible=true`);
const shown = async (selector) => {
    const found = page.locator(`${selector} >> visible=true`).first();
    await found.waitFor();
    return found.innerText();
};
const at = (path) => page.waitForURL(`${base}${path}`);
// RFC 6238: the code of the step that is `ahead` of the present one.
function code(key, ahead) {
    const bits = [...key].map((letter) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(letter).toString(2).padStart(5, "0")).join("");
    const bytes = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
    const step = Buffer.alloc(8);
    step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + ahead));
    const mac = createHmac("sha1", bytes).update(step).digest();
    return String((mac.readUInt32BE(mac[19] & 15) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}
async function open(path) {
    await page.goto("about:blank"); // another # alone would not load the page anew
    await page.goto(base + path);
}

try {
    // Signing up: an address, a mail, a name and a password.
    await open("/sign-up");
    await page.fill("[name=email]", email);
    await picture("sign-up");
    await press("Go on");
    seen.told = await shown(".done");
    await picture("sign-up-told");
    const link = `/sign-up/finish#${await mailed(email)}`;
    await open(link);
    seen.whose = await shown(".lead [data-show=email]");
    await page.fill("[name=name]", "Ada Lovelace");
    await page.fill("[name=password]", "password1234");
    await press("Make my account");
    seen.refused = await shown(".notice");
    await picture("refused");
    await page.fill("[name=password]", password);
    await press("Make my account");
    await at("/account");
    seen.account = await shown("#account .lead");
    await picture("account");
    await open(link);
    seen.used = [await shown(".notice"), await page.locator("[name=name]").isVisible()];
    await open("/account");
    await shown("#account .lead");

    // A second factor, with recovery codes.
    const factor = page.locator("#factor-off");
    await factor.locator("[name=present_password]").fill(password);
    await press("Set it up");
    const key = await shown("[data-answer=key]");
    const qr = page.locator("img[data-answer=picture]");
    await qr.evaluate((image) => image.decode());
    seen.qr = await qr.evaluate((image) => [image.naturalWidth > 100, image.naturalWidth === image.naturalHeight]);
    await picture("second-factor-key");
    await factor.locator("[name=code]").fill(code(key, 0));
    await press("Turn it on");
    const recovery = (await shown("[data-answer=recovery_codes]")).split("\n");
    seen.recovery = recovery.length;
    await picture("recovery-codes");

    // Out, and in with the code.
    await press("Sign out");
    await at("/sign-in");
    await page.fill("[name=email] >> visible=true", email);
    await page.fill("[name=password]", password);
    await press("Sign in");
    seen.asked = await shown(".notice");
    await picture("code");
    await page.fill("[name=code] >> visible=true", code(key, 1));
    await press("Sign in");
    await at("/account");
    seen.on = await shown("#factor-on p");

    // Another address.
    const moved = `moved-${email}`;
    const form = page.locator("form[data-send=startEmailChange]");
    await form.locator("[name=email]").fill(moved);
    await form.locator("[name=present_password]").fill(password);
    await form.locator("button").click();
    await form.locator(".notice").waitFor();
    await form.locator("[name=code]").fill(recovery[0]);
    await form.locator("button").click();
    seen.mailed = await shown("[data-for=email]");
    await open(`/account/email#${await mailed(moved)}`);
    seen.confirm = await shown("#new-address .lead");
    await picture("new-address");
    await press("Confirm the new address");
    seen.moved = await shown("[data-for=moved]");

    // A forgotten password: the link, and the second factor here too.
    await open("/account");
    await press("Sign out");
    await at("/sign-in");
    await open("/password/reset");
    seen.incomplete = await shown(".notice");
    await open("/password/forgotten");
    await page.fill("[name=email]", moved);
    await picture("forgotten");
    await press("Mail me the link");
    await shown(".done");
    await open(`/password/reset#${await mailed(moved)}`);
    await page.fill("[name=password]", another);
    await press("Set the password");
    await page.fill("[name=code] >> visible=true", recovery[1]);
    await picture("reset");
    await press("Set the password");
    seen.reset = await shown(".done");
    await page.click("a:has-text('Sign in') >> visible=true");
    await at("/sign-in");
    await page.fill("[name=email] >> visible=true", moved);
    await page.fill("[name=password]", another);
    await press("Sign in");
    await page.fill("[name=code] >> visible=true", recovery[2]);
    await press("Sign in");
    await at("/account");
    seen.end = await shown("#account .lead");

    // On a phone at night.
    await page.setViewportSize({ width: 390, height: 844 });
    await page.emulateMedia({ colorScheme: "dark" });
    seen.wide = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
    await picture("account-phone");
    await open("/sign-in");
    await picture("sign-in-phone");
} catch (error) {
    seen.failed = `${error.message} (${page.url()})`;
    await picture("failed");
}
await context.close();
stdout.write(JSON.stringify(seen));
