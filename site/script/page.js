// What pages do besides being read. A page reads as well without this script, and a part that fails
// takes no other with it.
import * as copy from "./copy.js";
import * as languages from "./languages.js";
import * as offline from "./offline.js";
import * as terms from "./terms.js";
import * as toggle from "./toggle.js";

for (const part of [toggle, languages, copy, terms, offline]) {
  try {
    part.start();
  } catch (err) {
    console.error(err);
  }
}
