// What the built pages are held to: make html. A rule that is off says why.
export default {
  root: true,
  extends: ["html-validate:recommended"],
  rules: {
    // the output of a command is shown as it was printed
    "no-trailing-whitespace": "off",
  },
};
