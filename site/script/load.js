// Loads scripts when they are needed. Pages from disk can load nothing else.

// load runs a script and resolves to what it hands over by slipwaySearch(…), if it does.
export function load(url) {
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
export function once(url) {
  const key = String(url);
  if (!kept.has(key)) kept.set(key, load(key).catch((err) => { kept.delete(key); throw err; }));
  return kept.get(key);
}

// loadIndex resolves to the rules of the index and its shards, whose addresses are relative to that of the
// manifest.
export async function loadIndex(manifest) {
  const { rules, shards } = await once(manifest);
  return { rules, shards: await Promise.all(shards.map((shard) => once(new URL(shard, manifest)))) };
}

// receive lets scripts hand over what they hold.
export function receive() {
  globalThis.slipwaySearch = (data) => { document.currentScript.handedOver = data; };
}
