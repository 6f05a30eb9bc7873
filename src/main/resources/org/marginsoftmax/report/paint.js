
/** Depths that dots are drawn for, from behind the sphere to before it. */
const LEVELS = 24;
const level = z => Math.max(0, Math.min(LEVELS - 1, Math.floor((z + 1.05) / 2.1 * LEVELS)));

/** A colour as the 32 bits of a pixel, blue first. */
function packed(hex) {
  const [r, g, b] = [1, 3, 5].map(i => parseInt(hex.slice(i, i + 2), 16));
  return b << 16 | g << 8 | r;
}

function mixed(from, to, share) {
  const part = shift => Math.max(0, Math.min(255, Math.round((from >> shift & 255) * (1 - share) + (to >> shift & 255) * share)));
  return part(16) << 16 | part(8) << 8 | part(0);
}

/** How far outside the edge of a shape of radius r a place is, in pixels; negative inside. */
function outside(shape, x, y, r) {
  if (shape === 'square') return Math.max(Math.abs(x), Math.abs(y)) - 0.87 * r;
  if (shape === 'triangle') return Math.max(0.866 * Math.abs(x) + 0.5 * -y, y) - 0.62 * r;
  return Math.hypot(x, y) - r;
}

/**
 * Dots and thin lines, written into the pixels of a canvas. Ten thousand dots take a few milliseconds without a graphics
 * card, where drawing them one after the other with the canvas' own functions takes a second.
 */
class Painter {
  constructor(canvas) {
    this.canvas = canvas;
    this.context = canvas.getContext('2d', {alpha: false});
  }

  /** Sets size in pixels, and colours: ground, ball, rim, line and one of each slot. */
  look(width, height, ratio, colours) {
    this.canvas.width = width; this.canvas.height = height;
    this.width = width; this.height = height; this.ratio = ratio;
    this.colours = Object.fromEntries(Object.entries(colours).map(([k, c]) => [k, Array.isArray(c) ? c.map(packed) : packed(c)]));
    this.image = this.context.createImageData(width, height);
    this.pixels = new Uint32Array(this.image.data.buffer);
    this.back = new Uint32Array(width * height);
    this.drawnBall = null;
    this.stamps = new Map();
  }

  /** Begins a picture, over a ball at a place if it has a radius. */
  begin(x, y, radius) {
    const ball = `${x} ${y} ${radius}`;
    if (ball !== this.drawnBall) {
      this.ball(x, y, radius);
      this.drawnBall = ball;
    }
    this.pixels.set(this.back);
  }

  ball(x, y, radius) {
    const {ground, ball, rim} = this.colours;
    this.back.fill(0xff000000 | ground);
    if (!(radius > 0)) return;
    const shades = Array.from({length: 65}, (_, i) => 0xff000000 | mixed(ball, rim, (i / 64) ** 3));
    for (let j = Math.max(0, Math.ceil(y - radius)); j < Math.min(this.height, y + radius); j++) {
      const half = Math.sqrt(radius * radius - (j - y) * (j - y));
      for (let i = Math.max(0, Math.ceil(x - half)); i < Math.min(this.width, x + half); i++) {
        this.back[j * this.width + i] = shades[Math.floor(64 * Math.hypot(i - x + 0.3 * radius, j - y + 0.35 * radius) / (1.47 * radius))];
      }
    }
  }

  /** A dot of a slot, at one of four places within a pixel so that slow turning does not shake. */
  stamp(slot, at, size, quarter) {
    const key = (slot * LEVELS + at) * 4 + quarter;
    let stamp = this.stamps.get(key);
    if (!stamp) {
      stamp = this.made(slot, at, size, quarter % 2 / 2 - 0.25, (quarter >> 1) / 2 - 0.25);
      this.stamps.set(key, stamp);
    }
    return stamp;
  }

  made(slot, at, size, dx, dy) {
    const others = slot === this.colours.slots.length - 1;
    const near = at / (LEVELS - 1);
    const r = size * this.ratio * (0.78 + 0.44 * near) * (others ? 0.75 : 1);
    const colour = mixed(this.colours.slots[slot], this.colours.ground, 0.55 * (1 - near));
    const reach = Math.ceil(r + 1);
    const offsets = [], shades = [], alphas = [];
    for (let y = -reach; y <= reach; y++) {
      for (let x = -reach; x <= reach; x++) {
        const d = outside(shapeOf(slot, others), x - dx, y - dy, r);
        const alpha = Math.round(256 * Math.max(0, Math.min(1, 0.5 - d)) * (others ? 0.45 : 0.9));
        if (alpha === 0) continue;
        const rim = Math.max(0, Math.min(1, 1 + (d + 0.4) / this.ratio));
        const light = Math.max(0, 1 - Math.hypot(x - dx + 0.4 * r, y - dy + 0.4 * r) / (0.9 * r));
        offsets.push(y * this.width + x);
        shades.push(mixed(mixed(colour, 0xffffff, 0.35 * light), 0, 0.22 * rim));
        alphas.push(alpha);
      }
    }
    return {reach, offsets: Int32Array.from(offsets), shades: Uint32Array.from(shades), alphas: Int32Array.from(alphas)};
  }

  dot(slot, at, size, x, y) {
    const i = Math.floor(x), j = Math.floor(y);
    const stamp = this.stamp(slot, at, size, (x - i >= 0.5 ? 1 : 0) + (y - j >= 0.5 ? 2 : 0));
    const reach = stamp.reach;
    if (i < reach || j < reach || i >= this.width - reach || j >= this.height - reach) return;
    const {offsets, shades, alphas} = stamp;
    const first = j * this.width + i;
    for (let k = 0; k < offsets.length; k++) this.blend(first + offsets[k], shades[k], alphas[k]);
  }

  /** Mixes a colour into a pixel, by a whole share of 256. Red and blue at once, in the halves of a number. */
  blend(p, colour, share) {
    const o = this.pixels[p], rb = o & 0xff00ff, g = o & 0x00ff00;
    this.pixels[p] = 0xff000000 | rb + ((colour & 0xff00ff) - rb) * share / 256 & 0xff00ff | g + ((colour & 0x00ff00) - g) * share / 256 & 0x00ff00;
  }

  /** A line a pixel wide with soft edges, after Wu: each step along it is shared by two pixels. */
  line(x0, y0, x1, y1, alpha) {
    const steep = Math.abs(y1 - y0) > Math.abs(x1 - x0);
    if (steep) [x0, y0, x1, y1] = [y0, x0, y1, x1];
    if (x0 > x1) [x0, y0, x1, y1] = [x1, y1, x0, y0];
    const slope = x1 === x0 ? 0 : (y1 - y0) / (x1 - x0);
    const [along, across, ends, sides] = steep ? [this.width, 1, this.height, this.width] : [1, this.width, this.width, this.height];
    const share = 256 * alpha;
    for (let x = Math.max(0, Math.ceil(x0)); x < x1 && x < ends; x++) {
      const y = y0 + slope * (x - x0), j = Math.floor(y);
      if (j < 0 || j + 1 >= sides) continue;
      const p = x * along + j * across;
      const second = Math.round(share * (y - j));
      this.blend(p, this.colours.line, Math.round(share) - second);
      this.blend(p + across, this.colours.line, second);
    }
  }

  end() { this.context.putImageData(this.image, 0, 0); }
}
