// Sets the theme that the reader chose before the page is painted. Without a choice, or where
// storage is forbidden, the page follows the system.
(() => {
  try {
    const theme = localStorage.getItem("slipway-theme");
    if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  } catch {}
})();
