// Runs before the page is painted: sets the theme that the reader chose, and the course navigation as
// the reader left it. Without a choice, or where storage is forbidden, the page follows the system.
import * as nav from "./nav-early.js";
import * as store from "./store.js";

const theme = store.get("theme");
if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
nav.start();
