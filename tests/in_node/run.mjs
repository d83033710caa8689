// node run.mjs PYODIDE COURSE SCRIPT: run a Python script in Pyodide. PYODIDE: a folder with its files and wheels.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [folder, course, script] = process.argv.slice(2);
const { loadPyodide } = await import(pathToFileURL(`${folder}/pyodide.mjs`));
const python = await loadPyodide({ indexURL: folder, env: { HOME: "/home/pyodide", MPLBACKEND: "agg" } });
await python.loadPackage(["numpy", "matplotlib", "pillow"], { messageCallback() {} });
python.FS.mkdirTree("/course");
python.FS.mount(python.FS.filesystems.NODEFS, { root: course }, "/course");
python.runPython("import sys; sys.path.insert(0, '/course')");
try {
  python.runPython(readFileSync(script, "utf8"));
} catch (error) {             // Node itself would show a line of Pyodide, a million letters long
  console.error(error.message);
  process.exit(1);
}
