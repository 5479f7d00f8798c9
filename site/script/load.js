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

// loadIndex resolves to the rules of the index and its shards, whose addresses are relative to that of the
// manifest.
export async function loadIndex(manifest) {
  const { rules, shards } = await load(manifest);
  return { rules, shards: await Promise.all(shards.map((shard) => load(new URL(shard, manifest)))) };
}

// receive lets scripts hand over what they hold.
export function receive() {
  globalThis.slipwaySearch = (data) => { document.currentScript.handedOver = data; };
}
