'use strict';
const data = JSON.parse(document.getElementById('data').textContent);
const names = data.classNames;
/** A hue for each of ten classes, then the same again in the next shape. The page's style has the hues of each scheme. */
const HUES = 10;
const SHAPES = ['circle', 'square', 'triangle'];
const drawn = names.length < data.classes
  ? `Of ${data.classes.toLocaleString('en')} classes ${names.length.toLocaleString('en')} drawn ones are shown` : '';
const many = data.coloured.length < names.length;
const theme = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const sheet = data.sheet ? Object.assign(new Image(), {src: data.sheet.url}) : null;
const still = matchMedia('(prefers-reduced-motion: reduce)');

/** A name that leaves room for others; the card has all of it. */
function short(name, most) {
  const letters = Array.from(name);
  return letters.length > most ? letters.slice(0, most - 1).join('').trimEnd() + '…' : name;
}

/** Numbers of 16 bits, base64 in the page. */
function int16(text) {
  const bytes = Uint8Array.from(atob(text), c => c.charCodeAt(0));
  return new Int16Array(bytes.buffer);
}

/** Some columns of rows whose numbers were multiplied by 32767. */
function columns(packed, width, wanted) {
  const rows = packed.length / width;
  const values = new Float32Array(rows * wanted);
  for (let i = 0; i < rows; i++) {
    for (let k = 0; k < wanted; k++) values[i * wanted + k] = packed[i * width + k] / 32767;
  }
  return values;
}

/**
 * What a globe shows: positions [3n], the class of each, where the centres are [3C], angles to the own centre in degrees.
 * A solid one lies in the unit sphere. Samples have images on the sheet by their number; others have none.
 */
function cloudOf(sphere) {
  return {
    positions: columns(int16(sphere.points), sphere.width, 3), labels: int16(sphere.labels),
    centers: columns(int16(sphere.centers), 3, 3), angles: int16(sphere.angles), solid: true, pictured: true
  };
}

const holds = sphere => sphere.explained === null ? 'the features do not differ' : `${(100 * sphere.explained).toFixed(0)}\u00a0% of the variance`;

/** Which classes have a colour, in their order, and which of them are shown; the last is all others. */
class Classes {
  constructor(coloured) { this.choose(coloured); }

  choose(coloured) {
    this.coloured = coloured;
    this.slots = new Int16Array(names.length).fill(coloured.length);
    coloured.forEach((label, slot) => { this.slots[label] = slot; });
    this.shown = new Array(coloured.length + 1).fill(true);
  }

  get others() { return names.length - this.coloured.length; }
  setAll(shown) { this.shown.fill(shown); }
  setAlone(slot) { this.shown = this.shown.map((s, k) => k === slot); }
}

/** A dot of a class as an image for its key. */
function swatch(slot, others) {
  const hue = `var(--class-${others ? 'other' : slot % HUES})`;
  const form = {circle: '<circle cx="8" cy="8" r="6.5"/>', square: '<rect x="2" y="2" width="12" height="12"/>', triangle: '<path d="M8 1.5 15 14H1z"/>'};
  const box = document.createElement('span');
  box.innerHTML = `<svg viewBox="0 0 16 16" aria-hidden="true" style="fill:${hue}">${form[shapeOf(slot, others)]}</svg>`;
  return box.firstChild;
}

const shapeOf = (slot, others) => others ? 'circle' : SHAPES[Math.floor(slot / HUES) % SHAPES.length];

/** Shows the sample or the centre under the pointer; null for none. Centres are -1 - class. */
function showCard(globe, id) {
  const card = document.getElementById('card');
  card.hidden = id === null;
  if (card.hidden) return;
  const cloud = globe.cloud;
  const label = id < 0 ? -1 - id : cloud.labels[id];
  const canvas = document.getElementById('thumb');
  canvas.hidden = id < 0 || !sheet || !cloud.pictured;
  if (!canvas.hidden) {
    const s = data.sheet;
    canvas.width = 112; canvas.height = Math.round(112 * s.height / s.width);
    const context = canvas.getContext('2d');
    context.imageSmoothingEnabled = false;
    context.drawImage(sheet, id % s.columns * s.width, Math.floor(id / s.columns) * s.height, s.width, s.height, 0, 0, canvas.width, canvas.height);
  }
  const text = document.getElementById('card-text');
  text.textContent = '';
  text.appendChild(document.createElement('b')).textContent = id < 0 ? 'centre of ' + names[label] : names[label];
  if (id >= 0 && cloud.angles) text.appendChild(document.createElement('span')).textContent = `${(cloud.angles[id] / 10).toFixed(1)}° from its centre`;
}
