(() => {
  const LARGE = 40, USUAL = 30, LEAST = 20;           // pixels of type
  const ROOM = 0.66;                                  // of a slide that large type may fill
  const GROWS = /^(idea|equation|predict|question|answer|notice|ask|work|written|exercise|homework|goals)\b/;

  for (const e of document.querySelectorAll(".tex")) {
    e.dataset.tex = e.textContent;
    katex.render(e.textContent, e, {displayMode: e.classList.contains("display"), throwOnError: false,
      output: e.closest(".notes") ? "mathml" : "htmlAndMathml"});     // the speaker's window has no style of ours
  }

  // --- a Notice is large, but leaves its picture LEAST_PICTURE, and fits ---
  const LARGE_NOTICE = 30, LEAST_NOTICE = 20, LEAST_PICTURE = 382, LETTERS = 14;
  function takeaway(body) {
    const notice = body.querySelector(":scope > div.notice"), image = body.querySelector(".picture");
    const small = () => {
      if (!image) return false;
      const {letters, width} = image.dataset, drawn = image.firstElementChild, high = image.clientHeight;
      const across = Math.min(image.clientWidth, high * drawn.getAttribute("width") / drawn.getAttribute("height"));
      return high < LEAST_PICTURE || letters * across / width < LETTERS;
    };
    const low = () => notice.getBoundingClientRect().bottom > body.getBoundingClientRect().bottom + 1;
    if (notice) for (let size = LARGE_NOTICE; size > LEAST_NOTICE && (small() || low());) notice.style.fontSize = --size + "px";
  }

  // --- little text is large, much text small, but not below LEAST ---
  function fit(section) {
    const box = section?.querySelector(":scope > .fit"), body = box?.querySelector(".body");
    if (!box || box.dataset.fitted) return;
    const scale = deck.getScale(), equations = [...box.querySelectorAll(".tex.display")];
    const parts = [...body.children].filter(e => getComputedStyle(e).position !== "absolute");
    const height = () => parts.length ? (parts.at(-1).getBoundingClientRect().bottom - parts[0].getBoundingClientRect().top) / scale : 0;
    const over = () => body.scrollWidth > body.clientWidth + 1 || height() > body.clientHeight
      || equations.some(wide);
    takeaway(body);
    let size = GROWS.test(section.className) ? LARGE : parseFloat(getComputedStyle(box).fontSize);
    const set = () => { box.style.fontSize = size + "px"; equations.forEach(narrow); };
    for (set(); size > USUAL && (over() || height() > ROOM * body.clientHeight); set()) size--;
    for (; over() && size > LEAST; set()) size--;
    box.dataset.fitted = size;
  }
  function width(equation) {
    const parts = [...equation.querySelectorAll(".katex-html > *")].map(e => e.getBoundingClientRect());
    return (Math.max(...parts.map(r => r.right)) - Math.min(...parts.map(r => r.left))) / deck.getScale();
  }
  const wide = equation => width(equation) > equation.clientWidth + 1;
  function narrow(equation) {                         // two formulas in a row: one below the other
    if (!wide(equation) || equation.dataset.broken || !/\\q?quad/.test(equation.dataset.tex)) return;
    equation.dataset.broken = "yes";
    const rows = equation.dataset.tex.split(/\s*\\q?quad\s*(?:=\s*\\q?quad)?\s*/);
    const text = "\\begin{gathered}" + rows.join("\\\\[.7em] ") + "\\end{gathered}";
    try { katex.render(text, equation, {displayMode: true}); } catch { katex.render(equation.dataset.tex, equation, {displayMode: true}); }
  }

  // --- films ---
  const packed = JSON.parse(document.getElementById("films").textContent), opened = {};
  async function open(name) {
    return filmOf.read(Uint8Array.from(atob(packed[name]), c => c.charCodeAt(0)));
  }
  const boxes = [...document.querySelectorAll("section div.explorer")];
  for (const box of boxes) {
    const inputs = [...box.querySelectorAll("input")], image = box.querySelector("img"), says = box.querySelector(".says");
    let wanted = 0;
    box.draw = async () => {
      const ticket = ++wanted, film = await (opened[box.dataset.film] ??= open(box.dataset.film));
      if (ticket !== wanted) return;                  // a newer setting is on its way
      const k = inputs.reduce((sum, input, i) => sum * film.controls[i].meanings.length + +input.value, 0);
      inputs.forEach((input, i) => {
        const words = film.controls[i].meanings[+input.value];
        input.parentElement.querySelector("output").textContent = words;
        input.setAttribute("aria-valuetext", words);
      });
      image.alt = says.textContent = film.words[k];
      const old = image.src, loaded = new Promise(done => image.onload = image.onerror = done);
      image.src = URL.createObjectURL(new Blob([filmOf.frame(film, k)], {type: "image/svg+xml"}));
      await loaded;
      if (old.startsWith("blob:")) URL.revokeObjectURL(old);
      box.dataset.drawn = k;
    };
    inputs.forEach(input => input.addEventListener("input", box.draw));
  }

  // --- votes: counts become bars ---
  for (const list of document.querySelectorAll("ul.vote")) {
    const inputs = [...list.querySelectorAll("input")];
    list.addEventListener("input", () => {
      const counts = inputs.map(input => parseInt(input.value) || 0), all = counts.reduce((a, b) => a + b, 0) || 1;
      inputs.forEach((input, i) => input.nextElementSibling.style.width = 100 * counts[i] / all + "%");
    });
  }

  // --- keys: those of a clicker follow the main line, code lies below it. 1, 2, 3 go to a slide's controls; there
  // arrows move, and all other keys of a clicker go on. A mouse that lets go gives keys back. ---
  function on() {
    const {h, v} = deck.getIndices();
    if (v || !deck.nextFragment()) deck.slide(Math.min(h + 1, deck.getHorizontalSlides().length - 1), 0);
  }
  function back() {
    const {h, v} = deck.getIndices();
    if (v) deck.slide(h, 0);
    else if (!deck.prevFragment() && h) deck.slide(h - 1, 0, 99);
  }
  const CLICKER = {32: on, 34: on, 39: on, 78: on, 33: back, 37: back, 80: back};
  const LEAVE = [" ", "Enter", "Escape", "PageDown", "PageUp"], STEP = {ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1};
  const inputs = [...document.querySelectorAll("section input")];
  let held = null, quiet = false;                     // the control that keys move; while others are told nothing
  function hold(input) {
    if (held === input) return;
    held?.classList.remove("held");
    held?.blur();
    held = input;
    held?.classList.add("held");
    if (!COPY) held?.focus({preventScroll: true});
    tell();
  }
  function typed(input, key) {                        // what a browser does in a control that has its focus
    if (input.type !== "range") input.value = key === "Backspace" ? input.value.slice(0, -1) : (input.value + key.replace(/\D.*/, "")).slice(0, 3);
    else if (STEP[key]) input.value = +input.value + STEP[key];
    input.dispatchEvent(new Event("input", {bubbles: true}));
  }
  function press(key) {                               // true: the key was a control's. "own": the browser does it
    const here = [...deck.getCurrentSlide().querySelectorAll("input")], input = held ?? document.activeElement?.closest?.("input");
    if (!input) {
      if (/^[1-9]$/.test(key) && here[key - 1]) return hold(here[key - 1]), true;
      return false;
    }
    if (LEAVE.includes(key) || input.type !== "range" && /^Arrow(Left|Right)$/.test(key)) {
      input.blur();
      hold(null);
      if ([" ", "PageDown", "ArrowRight"].includes(key)) on();
      if (["PageUp", "ArrowLeft"].includes(key)) back();
    } else if (key === "Tab") hold(here[(here.indexOf(input) + 1) % here.length]);
    else if (document.activeElement === input) return "own";
    else typed(input, key);
    return true;
  }
  document.addEventListener("keydown", event => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey && event.key === "Tab") return;
    const did = press(event.key);
    if (did) event.stopPropagation();
    if (did === true) event.preventDefault();
  }, true);
  document.addEventListener("focusin", event => { if (inputs.includes(event.target)) hold(event.target); });
  document.addEventListener("pointerdown", event => { if (event.target !== held) hold(null); });
  document.addEventListener("pointerup", event => {
    if (event.target.type === "range") setTimeout(() => { event.target.blur(); hold(null); });
  });

  // --- the speaker's window shows two copies of this page. What moves in one of the three moves in all. ---
  const COPY = /[?&]receiver\b/i.test(location.search) && parent !== window;
  const CODES = {8: "Backspace", 9: "Tab", 13: "Enter", 27: "Escape", 32: " ", 33: "PageUp", 34: "PageDown",
    37: "ArrowLeft", 38: "ArrowUp", 39: "ArrowRight", 40: "ArrowDown"};
  let speaker = null;
  const state = () => JSON.stringify({namespace: "course", values: inputs.map(input => input.value), held: inputs.indexOf(held)});
  const copies = () => speaker && !speaker.closed ? Array.from({length: speaker.length}, (_, k) => speaker[k]) : [];
  function tell(but = null) {
    if (quiet) return;
    for (const other of COPY ? [parent.opener] : copies()) if (other !== but) other.postMessage(state(), "*");
  }
  document.addEventListener("input", () => tell());
  function follow(data) {
    quiet = true;
    inputs.forEach((input, k) => {
      if (input.value === data.values[k]) return;
      input.value = data.values[k];
      input.dispatchEvent(new Event("input", {bubbles: true}));
    });
    hold(inputs[data.held] ?? null);
    quiet = false;
  }
  window.addEventListener("message", event => {
    let data;
    try { data = JSON.parse(event.data); } catch { return; }
    if (data.namespace === "reveal-notes" && !COPY) speaker = event.source;
    const key = CODES[data.args?.[0]] ?? String((data.args?.[0] - 48) % 48);
    if (data.namespace === "course" && data.asks) event.source.postMessage(state(), "*");
    else if (data.namespace === "course") { follow(data); if (!COPY) tell(event.source); }
    else if (COPY && data.method === "next") on();    // what space goes to, not the code below
    else if (!(COPY && data.method === "triggerKey" && press(key))) return;
    event.stopImmediatePropagation();
  });

  const deck = new Reveal(document.querySelector(".reveal"), {width: 1280, height: 720, margin: 0, minScale: 0.2, maxScale: 4,
    center: false, hash: true, transition: "none", backgroundTransition: "none", controls: false, keyboard: CLICKER,
    slideNumber: slide => { const {h, v} = deck.getIndices(slide); return [v ? `${h + 1}.${v}` : `${h + 1}`]; },
    pdfSeparateFragments: false, pdfMaxPagesPerSlide: 1, plugins: [RevealNotes]});
  window.deck = deck;
  async function arrive() {
    const slide = deck.getCurrentSlide();
    document.activeElement?.blur?.();
    held?.classList.remove("held");
    held = null;
    for (const box of slide.querySelectorAll("div.explorer")) if (!box.dataset.drawn) await box.draw();
    fit(slide);
  }
  deck.on("slidechanged", arrive);
  deck.on("pdf-ready", async () => {
    for (const box of boxes) await box.draw();
    document.querySelectorAll("section:not(.stack)").forEach(fit);
  });
  Promise.all([...document.fonts].map(font => font.load())).then(() => deck.initialize()).then(() => document.fonts.ready).then(arrive)
    .then(() => {
      if (COPY) parent.opener.postMessage(JSON.stringify({namespace: "course", asks: true}), "*");
      document.body.dataset.ready = "yes";
    });
})();
