// Explorers without a kernel, answers to Predict, and wide things that a keyboard can scroll.
(() => {
  const opened = {};
  async function open(address) {
    const answer = await fetch(address);
    if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
    return filmOf.read(new Uint8Array(await answer.arrayBuffer()));
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
      image.src = URL.createObjectURL(new Blob([filmOf.frame(made, k)], {type: "image/svg+xml"}));
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

  const again = document.querySelector(".again");
  try {
    const last = again && localStorage.getItem("course-last");      // set by lab.js
    if (last) again.querySelector("a").href = last;
    if (last) again.hidden = false;
  } catch { /* a browser that keeps nothing */ }

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
