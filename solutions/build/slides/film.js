// A film: a table of lines of SVG, and for each frame what differs from the first one. Decks and web pages show them.
const filmOf = {
  async read(bytes) {
    if (bytes[0] !== 0x1f) return JSON.parse(new TextDecoder().decode(bytes));      // a server has unpacked it
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    return JSON.parse(await new Response(stream).text());
  },
  frame(made, k) {
    const lines = [], ops = made.frames[k];
    for (let i = 0; i < ops.length; i++)
      if (ops[i] < 0) { for (let j = -ops[i] - 1; j < ops[i + 1]; j++) lines.push(made.lines[made.base[j]]); i++; }
      else lines.push(made.lines[ops[i]]);
    return lines.join("\n");
  },
};
