// Runs before the page is painted: sets the theme that the reader chose. Without a choice, or where
// storage is forbidden, the page follows the system.
import * as store from "./store.js";

const theme = store.get("theme");
if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
