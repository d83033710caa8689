// What the course adds to a lesson in JupyterLite: the way back to its page, the exercise that was asked for by
// #exercise-3.6, and a Python that knows the lesson's imports. The notebook itself stays as it is.
(async () => {
  const until = async look => { let found; while (!(found = look())) await new Promise(next => setTimeout(next, 50)); return found; };
  const panel = await until(() => window.jupyterapp?.shell.currentWidget?.sessionContext && jupyterapp.shell.currentWidget);
  await panel.revealed;
  const notebook = panel.content, lesson = /^(?:notebooks|solutions)\/(\d\d_\w+)\.ipynb$/.exec(panel.context.path)?.[1];
  if (!lesson) return;

  // Two saves at once would ask the learner which of them to keep: one after the other.
  const save = panel.context.save.bind(panel.context);
  let saved = Promise.resolve();
  panel.context.save = (...options) => saved = saved.catch(() => {}).then(() => save(...options));

  // The way back.
  let Widget = Object.getPrototypeOf(panel);
  while (Object.getPrototypeOf(Widget) !== Object.prototype) Widget = Object.getPrototypeOf(Widget);
  const back = document.createElement("a"), asked = () => /^#exercise-\d+\.\w+$/.test(location.hash) ? location.hash : "";
  back.className = "course-back";
  back.textContent = "← Lesson’s page";
  back.title = "Alt + B";
  back.setAttribute("aria-keyshortcuts", "Alt+B");
  const leave = async event => {
    event.preventDefault?.();
    if (panel.context.model.dirty) await panel.context.save();
    location.href = back.href;
  };
  back.onclick = leave;
  jupyterapp.commands.addCommand("course:page", {label: back.textContent, execute: leave});
  jupyterapp.commands.addKeyBinding({command: "course:page", keys: ["Alt B"], selector: "body"});
  panel.toolbar.insertItem(0, "course-back", new Widget.constructor({node: back}));
  new MutationObserver(() => back.tabIndex === 0 || (back.tabIndex = 0))           // a stop of Tab, always
    .observe(back, {attributes: true, attributeFilter: ["tabindex"]});
  back.tabIndex = 0;

  // The exercise.
  let held, place = 0;
  const release = () => { held?.disconnect(); place = notebook.activeCellIndex; };
  for (const event of ["pointerdown", "wheel", "keydown", "touchstart"]) window.addEventListener(event, release, {capture: true, passive: true});
  function show() {
    back.href = `../../${lesson}.html${asked()}`;
    localStorage.setItem("course-last", location.href);
    const tag = asked().slice(1), index = notebook.widgets.findIndex(cell => cell.model.getMetadata("tags")?.includes(tag));
    if (index < 1) return;
    const above = notebook.widgets[index - 1].node, name = `Exercise ${tag.slice(9)} `;
    notebook.activeCellIndex = index;
    notebook.activate();
    release();
    held = new ResizeObserver(() =>            // formulas above it are still being set
      ([...above.querySelectorAll("h2, h3, h4")].find(title => title.textContent.startsWith(name)) ?? above).scrollIntoView());
    for (const cell of notebook.widgets.slice(0, index)) held.observe(cell.node);
  }
  show();
  window.addEventListener("hashchange", show);

  // Running all cells would leave the learner, and the focus, at the end.
  jupyterapp.commands.commandExecuted.connect((_, {id, result}) => id === "notebook:run-all-cells" && result.then(() => {
    notebook.activeCellIndex = place;
    notebook.activate();
    notebook.activeCell.node.scrollIntoView({block: "center"});
  }));

  // Python.
  const note = document.createElement("p");
  note.className = "course-note";
  note.setAttribute("role", "status");
  document.body.append(note);
  const course = JSON.parse(document.getElementById("course").textContent);
  function cells() {
    let heading = "";
    return notebook.widgets.flatMap(({model}) => {
      const source = model.sharedModel.getSource();
      if (model.type === "code") return [[heading, source]];
      heading = source.match(/^#+ .*$/gm)?.at(-1).replace(/^#+ |[*`]/g, "") ?? heading;
      return [];
    });
  }
  async function start() {
    const kernel = panel.sessionContext.session?.kernel;
    if (!kernel) return;
    note.textContent = course.starting;
    const code = `${course.start}\nstart(__import__("json").loads(${JSON.stringify(JSON.stringify(cells()))}))\ndel start`;
    await kernel.requestExecute({code, silent: true, store_history: false}).done.catch(() => {});
    note.textContent = "";
  }
  let old = false, soon;
  panel.sessionContext.kernelChanged.connect(() => { note.textContent = ""; return start(); });
  panel.sessionContext.statusChanged.connect((_, status) => {
    if (old && status !== "restarting") start();
    old = status === "restarting";
    clearTimeout(soon);
    if (status === "idle") soon = setTimeout(() => panel.context.model.dirty && panel.context.save(), 300);    // what a check said
    if (old) note.textContent = course.starting;
  });
  note.textContent = course.next;
  start();
})();
