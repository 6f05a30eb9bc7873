'use strict';
const data = JSON.parse(document.getElementById('data').textContent);
const names = data.classNames;
const LEGEND_MOST = 30;
// Tableau 10, told apart by most colour-blind readers; more classes go round again.
const COLOURS = ['#4e79a7', '#f28e2b', '#e15759', '#76b7b2', '#59a14f', '#edc948', '#b07aa1', '#ff9da7', '#9c755f', '#79706e'];
const colour = k => COLOURS[k % COLOURS.length];
const theme = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const sheet = data.sheet ? Object.assign(new Image(), {src: data.sheet.url}) : null;
const config = {displayModeBar: false, responsive: true};

function layout(extra) {
  return Object.assign({
    paper_bgcolor: 'rgba(0,0,0,0)', plot_bgcolor: 'rgba(0,0,0,0)',
    font: {color: theme('--ink'), family: getComputedStyle(document.body).fontFamily, size: 13},
    margin: {l: 52, r: 12, t: 8, b: 42}
  }, extra);
}

function axis(extra) {
  return Object.assign({gridcolor: theme('--line'), zerolinecolor: theme('--line'), linecolor: theme('--line')}, extra);
}

/** Traces 0..C-1 are the classes, trace C the centres. */
function sphereTraces(sphere, size) {
  const traces = names.map((name, k) => ({
    type: 'scatter3d', mode: 'markers', name: name, x: [], y: [], z: [], customdata: [],
    marker: {size: size, color: colour(k), opacity: 0.75, line: {width: 0}}, hoverinfo: 'none'
  }));
  sphere.points.forEach((p, i) => {
    const t = traces[sphere.labels[i]];
    t.x.push(p[0]); t.y.push(p[1]); t.z.push(p[2]); t.customdata.push(i);
  });
  const c = sphere.centers;
  const labelled = c.length <= LEGEND_MOST;
  traces.push({
    type: 'scatter3d', mode: labelled ? 'markers+text' : 'markers', name: 'class centres',
    x: c.map(p => p[0]), y: c.map(p => p[1]), z: c.map(p => p[2]),
    text: labelled ? names : undefined, textfont: {size: size > 2 ? 12 : 10, color: theme('--ink')},
    marker: {size: labelled ? 3 * size : 2, symbol: 'diamond', color: c.map((p, k) => colour(k)), line: {width: 1, color: theme('--ink')}},
    customdata: c.map((p, k) => -1 - k), hoverinfo: 'none'
  });
  return traces;
}

function scene() {
  const plain = axis({title: {text: ''}, showticklabels: false, showspikes: false, backgroundcolor: 'rgba(0,0,0,0)'});
  return {xaxis: plain, yaxis: plain, zaxis: plain, aspectmode: 'data', camera: {eye: {x: 1.05, y: 1.05, z: 0.6}}};
}

/** Shows the image and class of the point under the pointer. */
function hover(element, labels) {
  const card = document.getElementById('card');
  element.on('plotly_hover', event => {
    const id = event.points[0].customdata;
    const label = id < 0 ? -1 - id : labels[id];
    const canvas = document.getElementById('thumb');
    canvas.hidden = id < 0 || !sheet;
    if (!canvas.hidden) {
      const s = data.sheet;
      canvas.width = 112; canvas.height = Math.round(112 * s.height / s.width);
      const context = canvas.getContext('2d');
      context.imageSmoothingEnabled = false;
      context.drawImage(sheet, id % s.columns * s.width, Math.floor(id / s.columns) * s.height, s.width, s.height, 0, 0, canvas.width, canvas.height);
    }
    document.getElementById('card-text').textContent = id < 0 ? 'centre of ' + names[label] : names[label];
    card.hidden = false;
  });
  element.on('plotly_unhover', () => { card.hidden = true; });
}

/** Shows or hides classes in every sphere; shown is an array of booleans. */
function showClasses(elements, shown) {
  const some = shown.some(s => s);
  return Promise.all(elements.map(element =>
    Plotly.restyle(element, {visible: shown.map(s => s ? true : 'legendonly').concat([some ? true : 'legendonly'])}, shown.map((s, k) => k).concat([shown.length]))));
}

function row(table, cells) {
  const tr = table.appendChild(document.createElement('tr'));
  cells.forEach(([tag, text, kind]) => {
    const cell = tr.appendChild(document.createElement(tag));
    cell.textContent = text;
    if (kind) cell.className = kind;
    if (tag === 'th') cell.scope = kind === 'number' ? 'col' : 'row';
  });
}

const inDegrees = metric => metric.definition.startsWith('degrees');
const percent = value => (100 * value).toFixed(1) + ' %';
const shownValue = metric => inDegrees(metric) ? metric.value.toFixed(1) + '°' : metric.value.toFixed(4);
const plainName = metric => metric.name.replaceAll('_', ' ');
