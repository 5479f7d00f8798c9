// Loads scripts when they are needed. Pages from disk can load nothing else.

// load runs a script and resolves to what it hands over by slipwaySearch(…), if it does.
function load(url) {
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = url;
    script.onload = () => resolve(script.handedOver);
    script.onerror = () => {
      script.remove();
      reject(new Error(`cannot load ${url}`));
    };
    document.head.append(script);
  });
}

const kept = new Map(); // what is on its way or there, by address

// once loads a script that nobody needs twice. What has failed is tried again.
function once(url) {
  const key = String(url);
  if (!kept.has(key)) kept.set(key, load(key).catch((err) => { kept.delete(key); throw err; }));
  return kept.get(key);
}

// prepare resolves to what is needed before the index: the rules and the list of shards, and what searches by
// the rules. It is begun when the page is idle, and once.
let prepared;
export function prepare({ script, index }) {
  const manifest = new URL(index, document.baseURI);
  prepared ??= Promise.all([once(manifest), once(script)])
    .then(([{ rules, shards }]) => ({ manifest, shards, finder: globalThis.slipwaySearchTool.prepare(rules) }))
    .catch((err) => { prepared = undefined; throw err; });
  return prepared;
}

// loadShards resolves to the index. The addresses of shards are relative to that of the manifest.
export function loadShards({ manifest, shards }) {
  return Promise.all(shards.map((shard) => once(new URL(shard, manifest))));
}

// receive lets scripts hand over what they hold.
export function receive() {
  globalThis.slipwaySearch = (data) => { document.currentScript.handedOver = data; };
}
