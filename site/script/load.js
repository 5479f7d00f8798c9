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

// receive lets scripts hand over what they hold.
export function receive() {
  globalThis.slipwaySearch = (data) => { document.currentScript.handedOver = data; };
}
