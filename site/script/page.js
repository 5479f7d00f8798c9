// What pages do besides being read. A page reads as well without this script, and a part that fails
// takes no other with it.
import * as copy from "./copy.js";
import * as keys from "./keys.js";
import * as languages from "./languages.js";
import * as markdown from "./markdown.js";
import * as nav from "./nav.js";
import * as offline from "./offline.js";
import * as place from "./place.js";
import * as progress from "./progress.js";
import * as progressHome from "./progress-home.js";
import * as progressPage from "./progress-page.js";
import * as search from "./search.js";
import * as spy from "./spy.js";
import * as tabs from "./tabs.js";
import * as terms from "./terms.js";
import * as toggle from "./toggle.js";

// The companion's script is no part of this bundle, and shows the page's words.
globalThis.slipwayWords = WORDS;

const parts = [toggle, search, languages, copy, tabs, terms, progress, progressPage, place, progressHome, spy, nav, keys, markdown, offline];
for (const part of parts) {
  try {
    part.start();
  } catch (err) {
    console.error(err);
  }
}
