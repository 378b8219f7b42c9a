'use strict';
(() => {
  const data = JSON.parse(document.getElementById('data').textContent);
  const byId = id => document.getElementById(id);
  const make = (name, text) => {
    const element = document.createElement(name);
    if (text !== undefined) element.textContent = text;
    return element;
  };
  const hex = number => '0x' + number.toString(16);
  const count = (n, one) => n.toLocaleString('en') + ' ' + one + (n === 1 ? '' : 's');
  if (!data.sides.length) return;

  // Addresses are exact as BigInt; for drawing, a double is fine enough.
  const HUES = [211, 28, 140, 280, 55, 180, 320, 90];
  const names = [];
  const indexOf = name => {
    let index = names.indexOf(name);
    if (index < 0) index = names.push(name) - 1;
    return index;
  };
  const sides = data.sides.map((side, number) => {
    const label = data.sides.length < 2 ? side.kind : number === 0 ? 'before' : 'after';
    const extents = [];
    for (const ioas of side.manifest.session.ioases) {
      for (const mapping of ioas.mappings) {
        const buffer = indexOf(ioas.name + '/' + mapping.name);
        let offset = 0n;
        for (const text of mapping.extents || []) {
          const plus = text.indexOf('+');
          const pa = BigInt(text.slice(0, plus));
          const bytes = BigInt(text.slice(plus + 1));
          extents.push({buffer, ioas: ioas.name, offset, pa, bytes, iova: BigInt(mapping.iova) + offset,
            at: Number(pa), size: Number(bytes), moved: false});
          offset += bytes;
        }
      }
    }
    return {label, source: side.source, extents};
  });

  // An extent differs if the other side does not have all of its offsets at the same addresses.
  const mark = (one, other) => {
    const perBuffer = names.map(() => []);
    for (const each of other.extents) perBuffer[each.buffer].push(each);
    const cursor = names.map(() => 0);
    for (const each of one.extents) {
      const list = perBuffer[each.buffer];
      let i = cursor[each.buffer];
      while (i < list.length && list[i].offset + list[i].bytes <= each.offset) i++;
      cursor[each.buffer] = i;
      let covered = each.offset;
      const end = each.offset + each.bytes;
      while (i < list.length && covered < end && list[i].offset <= covered &&
          list[i].pa - list[i].offset === each.pa - each.offset) covered = list[i].offset + list[i++].bytes;
      each.moved = covered < end;
    }
  };
  if (sides.length === 2) {
    mark(sides[0], sides[1]);
    mark(sides[1], sides[0]);
  }
  const all = sides.flatMap(side => side.extents);
  for (const side of sides) side.sorted = side.extents.slice().sort((a, b) => a.at - b.at);
  const fold = (f, start, of) => all.reduce((sum, each) => f(sum, of(each)), start);
  const first = all.length ? fold(Math.min, Infinity, each => each.at) : 0;
  const last = all.length ? fold(Math.max, 0, each => each.at + each.size) : 4096;
  const LEAST = 4096;
  let from = first, to = Math.max(last, first + LEAST);

  const dark = matchMedia('(prefers-color-scheme: dark)');
  const colour = buffer => {
    const round = Math.floor(buffer / HUES.length) % 3;
    const light = (dark.matches ? 62 : 42) + [0, 12, -12][round];
    return `hsl(${HUES[buffer % HUES.length]} 70% ${light}%)`;
  };
  const variable = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  const canvases = [];
  const addCanvas = (parent, height, label, caption, draw) => {
    const figure = make('figure');
    const canvas = make('canvas');
    canvas.tabIndex = 0;
    canvas.setAttribute('role', 'img');
    canvas.setAttribute('aria-label', label);
    canvas.style.height = height + 'px';
    figure.append(make('figcaption', caption), canvas);
    parent.append(figure);
    canvases.push({canvas, height, draw});
    return canvas;
  };
  const redraw = () => {
    for (const {canvas, height, draw} of canvases) {
      const scale = devicePixelRatio || 1;
      const width = canvas.clientWidth;
      canvas.width = Math.round(width * scale);
      canvas.height = Math.round(height * scale);
      const pen = canvas.getContext('2d');
      pen.setTransform(scale, 0, 0, scale, 0, 0);
      draw(pen, width, height);
    }
    const inView = all.filter(each => each.at < to && each.at + each.size > from).length;
    byId('range').textContent = `${hex(Math.floor(from))} to ${hex(Math.ceil(to))}, ` +
      `${bytesText(to - from)}, ${count(inView, 'extent')} in view`;
  };
  let asked = false;
  const show = (left, right) => {
    const span = Math.max(LEAST, Math.min(right - left, Math.max(last - first, LEAST)));
    from = Math.max(0, Math.min(left, Math.max(first, last - span)));
    from = Math.max(from, Math.min(first, from + span));
    to = from + span;
    if (!asked) {
      asked = true;
      requestAnimationFrame(() => { asked = false; redraw(); });
    }
  };
  const zoom = (factor, at = (from + to) / 2) => show(at - (at - from) * factor, at + (to - at) * factor);
  const pan = part => show(from + (to - from) * part, to + (to - from) * part);
  const bytesText = bytes => {
    const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];
    let unit = 0;
    for (; bytes >= 1024 && unit < units.length - 1; unit++) bytes /= 1024;
    return (unit === 0 ? Math.round(bytes) : bytes.toFixed(1)) + ' ' + units[unit];
  };

  // Extents that fall into one pixel are drawn once for each colour: a million cost what a thousand do.
  const drawExtents = (pen, width, sorted, top, height) => {
    const perByte = width / (to - from);
    const until = new Map();
    const bad = variable('--bad');
    let low = 0, high = sorted.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (sorted[middle].at + sorted[middle].size < from) low = middle + 1; else high = middle;
    }
    for (let i = low; i < sorted.length && sorted[i].at < to; i++) {
      const each = sorted[i];
      const left = Math.max(0, (each.at - from) * perByte);
      const right = Math.min(width, Math.max(left + 1, (each.at + each.size - from) * perByte));
      const key = each.buffer * 2 + each.moved;
      if (right <= (until.get(key) || -1)) continue;
      until.set(key, Math.ceil(right));
      pen.fillStyle = colour(each.buffer);
      pen.fillRect(left, top, right - left, height - (each.moved ? 14 : 0));
      if (each.moved) {
        pen.fillStyle = bad;
        pen.fillRect(left, top + height - 12, Math.max(2, right - left), 12);
      }
    }
  };
  const axis = (pen, width, y) => {
    pen.fillStyle = variable('--quiet');
    pen.font = '11px ui-monospace, monospace';
    const span = to - from;
    let step = 4096;
    while (span / step > 6) step *= 2;
    for (let tick = Math.ceil(from / step) * step; tick < to; tick += step) {
      const x = (tick - from) / span * width;
      pen.fillRect(x, y, 1, 5);
      pen.fillText(hex(tick), Math.min(x + 3, width - 90), y + 14);
    }
  };
  const hit = (side, x, width) => {
    const at = from + x / width * (to - from);
    const slack = (to - from) / width;
    let best = null, distance = Infinity;
    for (const each of side.sorted) {
      if (each.at > at + slack) break;
      const away = Math.max(0, each.at - at, at - each.at - each.size);
      if (away <= slack && away <= distance) { best = each; distance = away; }
    }
    return best;
  };
  const words = each => `${names[each.buffer]}\nphysical address ${hex(each.pa)}, ` +
    `${count(Number(each.bytes), 'byte')}\nIOVA ${hex(each.iova)}, offset ${hex(each.offset)}` +
    (each.moved ? '\n\u2260 not so on the other side' : '');
  const tip = byId('tip');
  const watch = (canvas, find) => {
    let dragged = null;
    canvas.addEventListener('pointerdown', event => { dragged = event.clientX; canvas.setPointerCapture(event.pointerId); });
    canvas.addEventListener('pointerup', () => { dragged = null; });
    canvas.addEventListener('pointermove', event => {
      if (dragged !== null) {
        pan((dragged - event.clientX) / canvas.clientWidth);
        dragged = event.clientX;
      }
      const each = find(event.offsetX, canvas.clientWidth);
      tip.hidden = !each;
      if (each) {
        tip.textContent = words(each);
        tip.style.left = Math.min(event.clientX + 12, innerWidth - 320) + 'px';
        tip.style.top = event.clientY + 16 + 'px';
      }
    });
    canvas.addEventListener('pointerleave', () => { tip.hidden = true; });
    canvas.addEventListener('wheel', event => {
      if (!event.ctrlKey && !event.shiftKey) return;
      event.preventDefault();
      zoom(event.deltaY > 0 ? 1.25 : 0.8, from + event.offsetX / canvas.clientWidth * (to - from));
    }, {passive: false});
    canvas.addEventListener('dblclick', event =>
      zoom(0.25, from + event.offsetX / canvas.clientWidth * (to - from)));
    canvas.addEventListener('keydown', event => {
      const act = {'+': 'in', '=': 'in', '-': 'out', ArrowLeft: 'left', ArrowRight: 'right', Home: 'all'}[event.key];
      if (act) { event.preventDefault(); acts[act](); }
    });
  };
  const acts = {in: () => zoom(0.5), out: () => zoom(2), left: () => pan(-0.25), right: () => pan(0.25),
    all: () => show(first, last)};

  for (const side of sides) {
    const moved = side.extents.filter(each => each.moved).length;
    const caption = `${side.label}: ${count(side.extents.length, 'extent')}` +
      (sides.length === 2 ? `, ${moved.toLocaleString('en')} of them different (red)` : '');
    const canvas = addCanvas(byId('strips'), 84, `Physical memory ${side.label}, ` +
      `${count(side.extents.length, 'extent')}, ${moved} of them different; the table of extents lists them`, caption,
      (pen, width, height) => {
        pen.clearRect(0, 0, width, height);
        drawExtents(pen, width, side.sorted, 4, 58);
        axis(pen, width, 66);
      });
    watch(canvas, (x, width) => hit(side, x, width));
  }

  // Above the mappings of an IOAS one after the other, below physical memory as the view shows it.
  const MOST_LINES = 4000;
  for (const side of sides) {
    for (const name of new Set(side.extents.map(each => each.ioas))) {
      const own = side.extents.filter(each => each.ioas === name);
      const total = own.reduce((sum, each) => sum + each.size, 0);
      const every = Math.ceil(own.length / MOST_LINES);
      addCanvas(byId('ioases'), 150, `IOAS ${name} ${side.label}: ${count(own.length, 'extent')}`,
        `${side.label}, IOAS ${name}: its mappings in a row above, physical memory as in view below` +
        (every > 1 ? `; one line of ${every}` : ''),
        (pen, width, height) => {
          pen.clearRect(0, 0, width, height);
          let done = 0;
          pen.globalAlpha = 0.35;
          own.forEach((each, i) => {
            const a = done / total * width;
            done += each.size;
            const b = done / total * width;
            const c = (each.at - from) / (to - from) * width;
            const d = (each.at + each.size - from) / (to - from) * width;
            if (i % every || d < 0 || c > width) return;
            pen.fillStyle = each.moved ? variable('--bad') : colour(each.buffer);
            pen.beginPath();
            pen.moveTo(a, 14);
            pen.lineTo(Math.max(b, a + 0.5), 14);
            pen.lineTo(Math.max(d, c + 0.5), height - 30);
            pen.lineTo(c, height - 30);
            pen.fill();
          });
          pen.globalAlpha = 1;
          done = 0;
          for (const each of own) {
            const a = done / total * width;
            done += each.size;
            pen.fillStyle = colour(each.buffer);
            pen.fillRect(a, 2, Math.max(0.5, each.size / total * width), 12);
          }
          drawExtents(pen, width, side.sorted.filter(each => each.ioas === name), height - 30, 12);
          axis(pen, width, height - 16);
        });
    }
  }

  names.forEach((name, index) => {
    const item = make('li');
    const box = make('span');
    box.style.background = colour(index);
    item.append(box, name);
    if (index < 64) byId('legend').append(item);
    for (const id of ['goto', 'filter']) {
      const option = make('option', name);
      option.value = index;
      byId(id).append(option);
    }
  });
  if (names.length > 64) byId('legend').append(make('li', `and ${names.length - 64} more`));
  byId('goto').addEventListener('change', event => {
    if (event.target.value === '') return;
    const own = all.filter(each => each.buffer === Number(event.target.value));
    if (!own.length) return;
    let low = Infinity, high = 0;
    for (const each of own) { low = Math.min(low, each.at); high = Math.max(high, each.at + each.size); }
    show(low - (high - low) * 0.02, high + (high - low) * 0.02);
  });
  for (const button of byId('tools').querySelectorAll('button')) {
    button.addEventListener('click', () => acts[button.dataset.act]());
  }

  const PAGE = 100;
  let page = 0;
  const list = () => {
    const chosen = byId('filter').value;
    const movedOnly = byId('moved').checked;
    const rows = sides.flatMap(side => side.extents
      .filter(each => (chosen === '' || each.buffer === Number(chosen)) && (!movedOnly || each.moved))
      .map(each => [side, each]));
    page = Math.max(0, Math.min(page, Math.ceil(rows.length / PAGE) - 1));
    const body = byId('extents').tBodies[0];
    body.replaceChildren(...rows.slice(page * PAGE, (page + 1) * PAGE).map(([side, each]) => {
      const row = make('tr');
      if (each.moved) row.className = 'bad';
      const head = make('th', names[each.buffer]);
      head.scope = 'row';
      row.append(head);
      for (const text of [side.label, hex(each.offset), hex(each.iova), hex(each.pa),
        each.bytes.toLocaleString('en'), each.moved ? '\u2260 yes' : 'no']) row.append(make('td', text));
      return row;
    }));
    const end = Math.min(rows.length, (page + 1) * PAGE);
    byId('pages').textContent = rows.length
      ? `${(page * PAGE + 1).toLocaleString('en')} to ${end.toLocaleString('en')} of ${count(rows.length, 'extent')}`
      : 'no extents';
    byId('previous').disabled = page === 0;
    byId('next').disabled = end >= rows.length;
  };
  byId('filter').addEventListener('change', () => { page = 0; list(); });
  byId('moved').addEventListener('change', () => { page = 0; list(); });
  byId('previous').addEventListener('click', () => { page--; list(); });
  byId('next').addEventListener('click', () => { page++; list(); });

  dark.addEventListener('change', () => {
    byId('legend').querySelectorAll('span').forEach((box, index) => { box.style.background = colour(index); });
    redraw();
  });
  addEventListener('resize', redraw);
  list();
  redraw();
  // For those who look at the page by a program: what it has understood of its data.
  document.documentElement.dataset.extents = String(all.length);
  document.documentElement.dataset.moved = String(all.filter(each => each.moved).length);
  document.documentElement.dataset.bytes = String(all.reduce((sum, each) => sum + each.bytes, 0n));
})();
