// What pages do besides being read. A page reads as well without this script, and a part that fails
// takes no other with it.
import * as copy from "./copy.js";
import * as search from "./search.js";
import * as terms from "./terms.js";
import * as toggle from "./toggle.js";

for (const part of [toggle, search, copy, terms]) {
  try {
    part.start();
  } catch (err) {
    console.error(err);
  }
}
