// The root of the site leads to the course in the language that the reader chose, or else in the
// first of the browser's languages that there is.
import * as store from "./store.js";

const links = [...document.querySelectorAll("a[hreflang]")];
const wanted = [store.get("language"), ...navigator.languages].filter(Boolean);

// Languages are compared without their regions: a reader of zh-TW is served zh-CN rather than English.
const base = (tag) => tag.toLowerCase().split("-")[0];

const found = wanted.map((tag) => links.find((a) => base(a.hreflang) === base(tag))).find(Boolean);
location.replace((found ?? links[0]).href);
