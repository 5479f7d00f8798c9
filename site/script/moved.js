// A page that has moved leads on to its new address, with the place in the page that was asked for.
const link = document.querySelector("main a");
location.replace(link.href + location.hash);
