// What a person does with the documentation pages, in headless Chromium:
// docs_test.mjs <address of the server> <playwright-core> <chromium> <empty profile> <folder for screenshots>
import assert from "node:assert/strict";
import { createRequire } from "node:module";

const [server, playwright, chromium, profile, screenshots] = process.argv.slice(2);
const { chromium: browserType } = createRequire(import.meta.url)(playwright);

// Chromium must not talk to its maker: the requests that are counted below are the pages' own.
const quiet = ["--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
               "--disable-gpu", "--disable-quic", "--no-sandbox"];
const browser = await browserType.launchPersistentContext(
    profile, { executablePath: chromium, headless: true, args: quiet, viewport: { width: 1280, height: 1000 } });
browser.setDefaultTimeout(20_000);

const complaints = [];
const requests = [];

async function open(path) {
    const page = await browser.newPage();
    page.on("console", message => {
        if (["error", "warning"].includes(message.type())) complaints.push(`${path}: ${message.text()}`);
    });
    page.on("pageerror", error => complaints.push(`${path}: ${error}`));
    page.on("requestfailed", request => complaints.push(`${path}: ${request.url()}: ${request.failure()?.errorText}`));
    page.on("request", request => requests.push(request.url()));
    await page.addInitScript(() => document.addEventListener(
        "securitypolicyviolation", e => console.error(`policy: ${e.violatedDirective} ${e.blockedURI} ${e.sample}`)));
    const answer = await page.goto(server + path);
    assert.equal(answer.status(), 200);
    assert.match(answer.headers()["content-security-policy"], /script-src 'self'/);
    return page;
}

/// Opens an operation, fills it in by `fill`, executes it; gives the status and the body that the page shows.
async function execute(page, method, path, fill) {
    const operation = page.locator(".opblock", { has: page.locator(`[data-path="${path}"]`) })
                          .and(page.locator(`.opblock-${method}`));
    await operation.locator(".opblock-summary").click();
    await operation.getByRole("button", { name: "Try it out" }).click();
    await fill(operation);
    await operation.getByRole("button", { name: "Execute" }).click();
    const shown = operation.locator(".live-responses-table .response");
    await shown.waitFor();
    return { status: Number(await shown.locator(".response-col_status").first().innerText()),
             body: JSON.parse(await shown.locator(".highlight-code code").first().innerText()) };
}

async function swaggerUi() {
    const page = await open("/docs");
    await page.locator(".opblock").first().waitFor();
    assert.equal(await page.title(), "Async Operations API - Swagger UI");
    assert.match(await page.locator(".info .title").first().innerText(), /Async Operations API/);

    const slept = await execute(page, "get", "/async/sleep/{seconds}",
                                operation => operation.getByPlaceholder("seconds").fill("0"));
    assert.equal(slept.status, 200);
    assert.equal(slept.body.type, "async");
    assert.equal(slept.body.slept_for, 0);

    const upload = await execute(page, "post", "/upload/file", operation => operation.locator("input[type=file]")
        .setInputFiles({ name: "greeting.txt", mimeType: "text/plain", buffer: Buffer.from("Hello, serval!") }));
    assert.equal(upload.status, 200);
    assert.equal(upload.body.filename, "greeting.txt");
    assert.equal(upload.body.size_bytes, 14);

    await page.screenshot({ path: `${screenshots}/docs-screenshot.png`, fullPage: true });
    await page.close();
}

async function redoc() {
    const page = await open("/redoc");
    await page.getByRole("heading", { name: /Async Operations API/ }).waitFor();
    assert.equal(await page.title(), "Async Operations API - ReDoc");
    await page.getByRole("textbox").fill("sleep"); // the search runs in a worker, which the policy has to allow
    await page.locator("[data-role='search:results'] li").first().waitFor();
    await page.screenshot({ path: `${screenshots}/redoc-screenshot.png` });
    await page.close();
}

try {
    await swaggerUi();
    await redoc();
    assert.deepEqual(complaints, []);
    assert.deepEqual(requests.filter(url => !/^(data|blob):/.test(url) && !url.startsWith(`${server}/`)), []);
    console.log(`${requests.length} requests, all to ${server}`);
} catch (error) {
    console.log(complaints.join("\n"));
    await browser.pages().at(-1)?.screenshot({ path: `${screenshots}/docs-failure.png`, fullPage: true });
    throw error;
} finally {
    await browser.close();
}
