// Explorers without a kernel, answers to Predict, and wide things that a keyboard can scroll.
(() => {
  const opened = {};
  async function open(address) {                      // a film: a table of lines, and for each frame what differs
    const answer = await fetch(address);
    if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
    const bytes = new Uint8Array(await answer.arrayBuffer());
    if (bytes[0] !== 0x1f) return JSON.parse(new TextDecoder().decode(bytes));       // a server has unpacked it
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    return JSON.parse(await new Response(stream).text());
  }
  function frame(film, k) {
    const lines = [], ops = film.frames[k];
    for (let i = 0; i < ops.length; i++)
      if (ops[i] < 0) { for (let j = -ops[i] - 1; j < ops[i + 1]; j++) lines.push(film.lines[film.base[j]]); i++; }
      else lines.push(film.lines[ops[i]]);
    return lines.join("\n");
  }
  for (const box of document.querySelectorAll("div.explorer")) {
    const controls = [...box.querySelectorAll("input, select")];
    const image = box.querySelector("img"), says = box.querySelector(".says");
    const film = () => opened[box.dataset.film] ??= open(box.dataset.film);
    let wanted = 0;
    async function draw() {
      const ticket = ++wanted, made = await film();
      if (ticket !== wanted) return;                  // a newer setting is on its way
      const k = controls.reduce((sum, control, i) => sum * made.controls[i].meanings.length + +control.value, 0);
      controls.forEach((control, i) => {
        const words = made.controls[i].meanings[+control.value], output = control.parentElement.querySelector("output");
        if (output) { output.textContent = words; control.setAttribute("aria-valuetext", words); }
      });
      image.alt = says.textContent = made.words[k];
      const old = image.src, loaded = new Promise(done => image.onload = image.onerror = done);
      image.src = URL.createObjectURL(new Blob([frame(made, k)], {type: "image/svg+xml"}));
      await loaded;
      if (old.startsWith("blob:")) URL.revokeObjectURL(old);
      box.dataset.drawn = k;
    }
    const failed = () => { delete opened[box.dataset.film]; says.textContent = "The frames of this explorer could not be loaded. Move a control to try again."; };
    const start = controls.map(control => control.value);
    window.addEventListener("pageshow", () => controls.forEach((control, i) => control.value = start[i]));   // not what a reload keeps
    box.addEventListener("input", () => draw().catch(failed));
    for (const early of ["pointerenter", "focusin"]) box.addEventListener(early, () => film().catch(failed), {once: true});
  }

  for (const field of document.querySelectorAll("fieldset.predict"))
    field.addEventListener("change", event => {
      for (const said of field.querySelectorAll("[data-option]")) said.hidden = said.dataset.option !== event.target.value;
    });

  function scrollable() {
    for (const box of document.querySelectorAll("article pre, article div.math, article .table-wrapper, article table")) {
      const wide = box.scrollWidth > box.clientWidth + 1 && getComputedStyle(box).overflowX !== "visible";
      if (wide) box.tabIndex = 0; else box.removeAttribute("tabindex");
    }
  }
  for (const details of document.querySelectorAll("details")) details.addEventListener("toggle", scrollable);
  window.addEventListener("resize", scrollable);
  window.addEventListener("load", () => Promise.resolve(window.MathJax?.startup?.promise).then(scrollable)
    .then(() => { document.body.dataset.ready = "yes"; }));
})();
