// Everything that is measured on the slides numbered from ... to ...: a row each.
async ([from, to]) => {
  const rows = [], LINE = 4, W = innerWidth, H = innerHeight;     // LINE: deck's progress, at the lower edge
  const seen = e => { const r = e.getBoundingClientRect(); return r.width > 0 && r.height > 0 };
  const light = c => { const a = c.map(v => (v /= 255) <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4);
    return .2126 * a[0] + .7152 * a[1] + .0722 * a[2] };
  const colour = s => (s.match(/[\d.]+/g) || []).map(Number);
  const ground = e => { for (; e; e = e.parentElement) { const c = colour(getComputedStyle(e).backgroundColor);
    if (c.length === 3 || c[3] > 0) return c.slice(0, 3) } return [255, 255, 255] };
  const edges = async image => {                // what touches the edge of its own file was cut off
    const w = image.naturalWidth, h = image.naturalHeight, canvas = new OffscreenCanvas(w, h), pen = canvas.getContext('2d');
    pen.drawImage(image, 0, 0, w, h);
    const strips = [[0, 0, w, 1], [0, h - 1, w, 1], [0, 0, 1, h], [w - 1, 0, 1, h]];
    return strips.some(s => { const d = pen.getImageData(...s).data;
      for (let i = 0; i < d.length; i += 4) if (d[i + 3] > 0 && d[i] + d[i + 1] + d[i + 2] < 600) return true; return false });
  };
  for (const slide of deck.getSlides().slice(from, to)) {
    const place = deck.getIndices(slide), box = slide.querySelector(':scope > .fit'), notes = slide.querySelector('aside.notes');
    deck.slide(place.h, place.v || 0, -1);
    const start = performance.now();
    const ready = () => box.dataset.fitted && [...box.querySelectorAll('img')].every(i => i.complete && i.naturalWidth);
    while (!ready() && performance.now() - start < 5000) await new Promise(done => setTimeout(done, 10));
    const early = [...box.querySelectorAll('div.answer, div.notice')].filter(e => getComputedStyle(e).visibility !== 'hidden'
      && !/answer|notice/.test(slide.className)).length;
    slide.querySelectorAll('.fragment').forEach(f => f.classList.add('visible'));
    const row = {place: place.h + '/' + (place.v || 0), kind: slide.className.split(' ')[0], name: slide.dataset.name || '',
      title: (box.querySelector('h1,h2') || {textContent: ''}).textContent.slice(0, 40), ready: ready(), early,
      left: 0, top: 0, right: 0, bottom: 0, main: 99, code: 99, contrast: 99, dollars: 0, overlaps: 0, pictures: [],
      errors: slide.querySelectorAll('.katex-error').length, spoken: notes ? seen(notes) || box.contains(notes) : false};
    const reach = r => { row.left = Math.max(row.left, -r.left); row.top = Math.max(row.top, -r.top);
      row.right = Math.max(row.right, r.right - W); row.bottom = Math.max(row.bottom, r.bottom - H + LINE * deck.getScale()) };
    for (const e of box.querySelectorAll('*'))
      if (seen(e) && (!e.closest('.katex') || e.matches('.katex-html > *'))) reach(e.getBoundingClientRect());
    const walk = document.createTreeWalker(box, NodeFilter.SHOW_TEXT);
    for (let node; node = walk.nextNode();) {
      const e = node.parentElement, inside = e.closest('.katex'), holder = inside ? inside.parentElement : e;
      if (!node.textContent.trim() || e.closest('.katex-mathml') || !seen(e)) continue;
      const size = parseFloat(getComputedStyle(holder).fontSize), kind = e.closest('pre') ? 'code' : 'main';
      row[kind] = Math.min(row[kind], size);
      const a = light(colour(getComputedStyle(e).color).slice(0, 3)), b = light(ground(e));
      row.contrast = Math.min(row.contrast, (Math.max(a, b) + .05) / (Math.min(a, b) + .05));
      if (!inside && kind === 'main' && !e.closest('code') && node.textContent.includes('$')) row.dollars++;
      if (!inside) { const range = document.createRange(); range.selectNode(node); reach(range.getBoundingClientRect()) }
    }
    const flow = [...box.querySelectorAll(':scope > h1, :scope > h2, .body > *')].filter(seen).map(e => e.getBoundingClientRect());
    for (let i = 1; i < flow.length; i++) if (flow[i].top < flow[i - 1].bottom - 1 && flow[i].left < flow[i - 1].right - 1
      && flow[i].right > flow[i - 1].left + 1) row.overlaps++;
    for (const image of box.querySelectorAll('.picture img')) {
      const r = image.getBoundingClientRect(), holder = image.parentElement;
      const scale = Math.min(r.width / image.naturalWidth, r.height / image.naturalHeight);
      const width = scale * image.naturalWidth, height = scale * image.naturalHeight;
      row.pictures.push({width, height, full: width >= holder.clientWidth * deck.getScale() - 2, alt: image.alt.length,
        sketch: holder.classList.contains('sketch'), letters: holder.dataset.letters * width / holder.dataset.width, cut: await edges(image)});
    }
    rows.push(row);
  }
  return rows;
}
