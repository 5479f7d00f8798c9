// The service worker of the published site: it keeps the files, so that the course can be read without
// a network. FILES are their names, VERSION changes when any of them does.
const name = `slipway-${new URL(registration.scope).pathname}-`;
const current = name + VERSION;

// Names of assets hold a digest of their content: what an older worker has kept is good.
const isAsset = (url) => new URL(url).pathname.includes("/assets/");

async function keep(cache, file) {
  const url = new URL(file, registration.scope).href;
  const old = isAsset(url) && (await caches.match(url));
  if (old) return cache.put(url, old);
  const response = await fetch(url, { cache: "no-cache" });
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  return cache.put(url, await straight(response));
}

// Servers may lead from index.html to its folder, or from a name to one without .html. A browser refuses to show
// what came by another address than was asked for, so that is kept as if it had come straight.
async function straight(response) {
  if (!response.redirected) return response;
  const { status, statusText, headers } = response;
  return new Response(await response.blob(), { status, statusText, headers });
}

// Files are fetched a few at a time, so that a reader on a slow line still gets the next page.
async function install() {
  const cache = await caches.open(current);
  const files = [...FILES];
  const work = async () => {
    for (let file = files.shift(); file; file = files.shift()) await keep(cache, file);
  };
  await Promise.all([work(), work(), work(), work()]);
  await skipWaiting();
}

async function activate() {
  for (const key of await caches.keys()) {
    if (key.startsWith(name) && key !== current) await caches.delete(key);
  }
  await clients.claim();
}

// Pages come from the network while there is one, so that nobody reads yesterday's; what is read is
// kept. Assets never change under their names.
async function answer(request) {
  const cache = await caches.open(current);
  const kept = await cache.match(request, { ignoreSearch: true });
  if (kept && isAsset(request.url)) return kept;
  try {
    const response = await fetch(request);
    if (response.ok && response.type === "basic") await cache.put(request, await straight(response.clone()));
    return response;
  } catch (err) {
    if (kept) return kept;
    const folder = request.url.endsWith("/") && (await cache.match(request.url + "index.html"));
    if (folder) return folder;
    throw err;
  }
}

addEventListener("install", (event) => event.waitUntil(install()));
addEventListener("activate", (event) => event.waitUntil(activate()));
// isFile tells the site's own files from what else its host serves: below /-/ stands the companion, which may be
// started at the address of a site that was looked at before.
function isFile({ method, url }) {
  return method === "GET" && url.startsWith(registration.scope) && !url.startsWith(new URL("/-/", registration.scope).href);
}

addEventListener("fetch", (event) => {
  if (isFile(event.request)) event.respondWith(answer(event.request));
});
