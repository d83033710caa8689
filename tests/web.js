// What is wrong with a page: {name of a fault: what was found}. With axe-core loaded, what keeps people out, too.
async () => {
  const article = document.querySelector("article"), raw = /\$[^$\n]{1,60}\$/g;
  const dollars = element => (element.innerText.match(raw) || []).length;
  const code = [...article.querySelectorAll("pre, :not(pre) > code")].map(dollars).reduce((a, b) => a + b, 0);
  const sources = images => images.map(image => image.src.slice(0, 90));
  const found = {
    overflow: Math.max(0, document.documentElement.scrollWidth - innerWidth),
    dollars: Math.max(0, dollars(article) - code),
    formulas: document.querySelectorAll("mjx-merror, .math:not(:has(mjx-container))").length,
    broken: sources([...document.images].filter(i => i.complete && !i.naturalWidth && i.loading !== "lazy")),
    wordless: sources([...article.querySelectorAll("img")].filter(i => (i.alt || "").length < 20)),
    axe: []};
  if (window.axe) {
    const {violations} = await axe.run(document, {resultTypes: ["violations"]});
    found.axe = violations.filter(({impact}) => impact === "serious" || impact === "critical")
      .map(({id, nodes}) => `${id}, ${nodes.length} times: ${nodes[0].html.slice(0, 160)}`);
  }
  return found;
}
