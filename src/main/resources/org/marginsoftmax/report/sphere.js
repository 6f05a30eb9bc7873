'use strict';
const data = JSON.parse(document.getElementById('data').textContent);
const names = data.classNames;
// The first ten are Tableau's, told apart by most colour-blind readers. A class has one of its own or is grey.
const COLOURS = ['#4e79a7', '#f28e2b', '#e15759', '#76b7b2', '#59a14f', '#edc948', '#b07aa1', '#ff9da7', '#9c755f', '#79706e',
  '#1b2a9c', '#b3de1d', '#7a1fa2', '#00bcd4', '#0b5d1e', '#d500a8', '#8c0d1f', '#c9b8ff', '#4a3b00', '#00e19a'];
const GREY = '#8a919c';
const colour = k => COLOURS[k % COLOURS.length];
const drawn = names.length < data.classes
  ? `Of ${data.classes.toLocaleString('en')} classes ${names.length.toLocaleString('en')} drawn ones are shown` : '';
const many = data.coloured.length < names.length;
const theme = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const sheet = data.sheet ? Object.assign(new Image(), {src: data.sheet.url}) : null;
const config = {displayModeBar: false, responsive: true};
const narrow = () => window.innerWidth < 600;

/** A name that leaves room for others; the card has all of it. */
function short(name, most) {
  const letters = Array.from(name);
  return letters.length > most ? letters.slice(0, most - 1).join('').trimEnd() + '…' : name;
}

/** For a legend, in which Plotly reads tags. */
const plain = text => text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');

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

/** The coloured classes, a trace each; then, where there are others, one of these; the centres last. */
function sphereTraces(sphere, size, coloured) {
  const place = new Map(coloured.map((label, i) => [label, i]));
  const trace = (name, c, opacity) => ({
    type: 'scatter3d', mode: 'markers', name: name, x: [], y: [], z: [], customdata: [],
    marker: {size: size, color: c, opacity: opacity, line: {width: 0}}, hoverinfo: 'none'
  });
  const traces = coloured.map((label, i) => trace(plain(short(names[label], 22)), colour(i), 0.75));
  const others = names.length - coloured.length;
  if (others > 0) traces.push(trace(`${others.toLocaleString('en')} others`, GREY, 0.25));
  sphere.points.forEach((p, i) => {
    const t = traces[place.get(sphere.labels[i]) ?? coloured.length];
    t.x.push(p[0]); t.y.push(p[1]); t.z.push(p[2]); t.customdata.push(i);
  });
  const c = sphere.centers;
  const shown = others > 0 ? coloured : c.map((p, k) => k);
  traces.push({
    type: 'scatter3d', mode: 'markers+text', name: 'class centres',
    x: shown.map(k => c[k][0]), y: shown.map(k => c[k][1]), z: shown.map(k => c[k][2]),
    text: shown.map(k => short(names[k], 14)), textfont: {size: size > 2 ? 12 : 10, color: theme('--ink')},
    marker: {size: 3 * size, symbol: 'diamond', color: shown.map(k => colour(place.get(k))), line: {width: 1, color: theme('--ink')}},
    customdata: shown.map(k => -1 - k), hoverinfo: 'none'
  });
  return traces;
}

const holds = sphere => sphere.explained === null ? 'the features do not differ' : `${(100 * sphere.explained).toFixed(0)}\u00a0% of the variance`;

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

/** Shows or hides coloured classes in every sphere; shown is an array of booleans. What is grey goes with the last. */
function showClasses(elements, shown) {
  const some = shown.some(s => s);
  return Promise.all(elements.map(element => {
    const rest = element.data.slice(shown.length).map(() => some);
    return Plotly.restyle(element, {visible: shown.concat(rest).map(s => s ? true : 'legendonly')}, element.data.map((t, k) => k));
  }));
}

/** Where not all classes have a colour, one is chosen by its name; redraw takes its label. */
function choice(redraw) {
  if (!many) return;
  document.getElementById('pick-label').hidden = false;
  const list = document.getElementById('class-list');
  names.forEach(name => { list.appendChild(document.createElement('option')).value = name; });
  document.getElementById('pick').onchange = event => {
    const k = names.indexOf(event.target.value);
    if (k >= 0) redraw(k);
  };
}
