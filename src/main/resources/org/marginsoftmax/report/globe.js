
/** How far the eye is from the middle of the sphere, in its radii. */
const EYE = 5;
const START = {yaw: -0.6, pitch: 0.35, zoom: 1, x: 0, y: 0};

/** Circles of latitude and meridians, a list of places each. */
const GRATICULE = (() => {
  const turn = Array.from({length: 73}, (_, i) => i * Math.PI / 36);
  const lines = [-60, -30, 0, 30, 60].map(degrees => {
    const up = Math.sin(degrees * Math.PI / 180), out = Math.cos(degrees * Math.PI / 180);
    return turn.map(a => [out * Math.cos(a), out * Math.sin(a), up]);
  });
  for (let k = 0; k < 6; k++) {
    const [x, y] = [Math.cos(k * Math.PI / 6), Math.sin(k * Math.PI / 6)];
    lines.push(turn.map(a => [x * Math.cos(a), y * Math.cos(a), Math.sin(a)]));
  }
  return lines;
})();

/**
 * Points by class in space, as they are seen from a side: dots and the sphere's lines on one canvas, centres and their
 * names on another one above it, which has the focus.
 */
class Globe {
  constructor(host, classes, {label, size = 4, named = true}) {
    this.host = host;
    this.classes = classes;
    this.size = size;
    this.named = named;
    this.view = {...START};
    this.cloud = null;
    this.turning = false;
    this.over = null;
    this.frames = 0;
    this.onView = () => {};
    this.onOver = () => {};
    host.classList.add('globe');
    host.replaceChildren();
    this.painter = new Painter(host.appendChild(document.createElement('canvas')));
    this.painter.canvas.setAttribute('aria-hidden', 'true');
    this.top = host.appendChild(document.createElement('canvas'));
    this.top.tabIndex = 0;
    this.top.setAttribute('role', 'application');
    this.top.setAttribute('aria-label', label);
    this.context = this.top.getContext('2d');
    new ResizeObserver(() => this.fit()).observe(host);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.fit());
    // What is not on the screen need not turn.
    new IntersectionObserver(seen => { this.visible = seen[seen.length - 1].isIntersecting; this.draw(); }).observe(host);
    this.visible = true;
    hands(this);
  }

  /** Takes size and colours from the page. */
  fit() {
    const ratio = Math.min(2, window.devicePixelRatio || 1);
    const width = Math.max(1, Math.round(this.host.clientWidth * ratio));
    const height = Math.max(1, Math.round(this.host.clientHeight * ratio));
    const slots = this.classes.coloured.map((label, slot) => theme(`--class-${slot % HUES}`));
    this.ink = theme('--ink');
    this.ground = theme('--sheet');
    this.painter.look(width, height, ratio, {
      ground: this.ground, ball: theme('--ball'), rim: theme('--ball-rim'), line: theme('--soft'), slots: [...slots, theme('--class-other')]
    });
    this.top.width = width; this.top.height = height;
    this.draw();
  }

  /** Shows other points at once, or lets the same ones move there. */
  show(cloud, milliseconds = 0) {
    const before = this.cloud;
    this.cloud = cloud;
    this.over = null;
    const n = cloud.labels.length;
    if (!this.depths || this.depths.length !== n) {
      this.depths = new Float32Array(n); this.xs = new Float32Array(n); this.ys = new Float32Array(n);
      this.order = new Int32Array(n);
      this.steps = new Int32Array(LEVELS + 1);
    }
    const moves = before && before.labels === cloud.labels && milliseconds > 0 && !still.matches;
    this.moving = moves ? {from: this.places(), begun: performance.now(), milliseconds} : null;
    this.draw();
  }

  /** Where the points are now, on their way perhaps. */
  places() {
    const to = this.cloud.positions;
    if (!this.moving) return to;
    const share = Math.min(1, (performance.now() - this.moving.begun) / this.moving.milliseconds);
    if (share === 1) { this.moving = null; return to; }
    const s = share * share * (3 - 2 * share);
    return this.moving.from.map((v, i) => v + s * (to[i] - v));
  }

  look(change) {
    Object.assign(this.view, change);
    this.view.pitch = Math.max(-1.55, Math.min(1.55, this.view.pitch));
    this.view.zoom = Math.max(1, Math.min(12, this.view.zoom));
    const most = this.view.zoom - 1;
    this.view.x = Math.max(-most, Math.min(most, this.view.x));
    this.view.y = Math.max(-most, Math.min(most, this.view.y));
    this.draw();
    this.onView(this.view);
  }

  setTurning(turning) {
    this.turning = turning;
    this.last = null;
    this.draw();
    this.onTurning?.(turning);
  }

  /** Draws before the next frame, once however often it is asked for. */
  draw() {
    if (this.asked) return;
    this.asked = requestAnimationFrame(now => { this.asked = 0; this.frame(now); });
  }

  frame(now) {
    if (!this.cloud || this.painter.width < 2) return;
    if (this.turning && this.visible) {
      this.view.yaw += this.last ? Math.min(100, now - this.last) * 2.5e-4 : 0;
      this.last = now;
      this.onView(this.view);
    }
    this.paint();
    this.frames++;
    if (this.moving || (this.turning && this.visible)) this.draw();
  }

  /** Turns a place and says where on the canvas, in pixels, and how near it is seen. */
  seen(a, b, c) {
    const {cosYaw, sinYaw, cosPitch, sinPitch, scale, x, y} = this.camera;
    const away = a * sinYaw + b * cosYaw;
    const near = c * sinPitch - away * cosPitch;
    const s = scale * EYE / (EYE - near);
    return [x + s * (a * cosYaw - b * sinYaw), y - s * (c * cosPitch + away * sinPitch), near];
  }

  aim() {
    const {yaw, pitch, zoom, x, y} = this.view;
    const {width, height} = this.painter;
    const radius = Math.min(width, height) * 0.46;
    this.camera = {
      cosYaw: Math.cos(yaw), sinYaw: Math.sin(yaw), cosPitch: Math.cos(pitch), sinPitch: Math.sin(pitch),
      scale: radius * zoom, x: width / 2 + x * radius, y: height / 2 + y * radius
    };
    // The dots on a sphere of radius 1 that are seen farthest out, for an eye that is not at infinity.
    this.camera.rim = radius * zoom * EYE / Math.sqrt(EYE * EYE - 1);
  }

  paint() {
    this.aim();
    const {painter, camera, cloud, classes} = this;
    painter.begin(camera.x, camera.y, cloud.solid ? camera.rim : 0);
    if (cloud.solid) this.lines(false);
    const p = this.places();
    const n = cloud.labels.length;
    const {xs, ys, depths, order, steps} = this;
    steps.fill(0);
    // As in seen, without a list for each of many points.
    const {cosYaw, sinYaw, cosPitch, sinPitch, scale} = camera;
    for (let i = 0; i < n; i++) {
      const a = p[3 * i], b = p[3 * i + 1], c = p[3 * i + 2];
      const away = a * sinYaw + b * cosYaw;
      const near = c * sinPitch - away * cosPitch;
      const s = scale * EYE / (EYE - near);
      xs[i] = camera.x + s * (a * cosYaw - b * sinYaw);
      ys[i] = camera.y - s * (c * cosPitch + away * sinPitch);
      depths[i] = near;
      steps[level(near) + 1]++;
    }
    for (let k = 0; k < LEVELS; k++) steps[k + 1] += steps[k];
    // By depth, the farthest first.
    for (let i = 0; i < n; i++) order[steps[level(depths[i])]++] = i;
    const size = this.size * Math.sqrt(this.view.zoom ** 0.5);
    if (size !== this.stamped) { painter.stamps.clear(); this.stamped = size; }
    for (let k = 0; k < n; k++) {
      const i = order[k], slot = classes.slots[cloud.labels[i]];
      if (classes.shown[slot]) painter.dot(slot, level(depths[i]), size, xs[i], ys[i]);
    }
    if (cloud.solid) this.lines(true);
    painter.end();
    this.marks();
  }

  lines(front) {
    for (const line of GRATICULE) {
      const at = line.map(([a, b, c]) => this.seen(a, b, c));
      for (let k = 1; k < at.length; k++) {
        const near = at[k][2] + at[k - 1][2] > 2 / EYE;
        if (near === front) this.painter.line(at[k - 1][0], at[k - 1][1], at[k][0], at[k][1], front ? 0.2 : 0.16);
      }
    }
  }

  /** Centres with their names, the nearest first: one that would cover another's name has none. */
  marks() {
    const {context, painter: {ratio}, classes, cloud} = this;
    context.clearRect(0, 0, this.top.width, this.top.height);
    if (!cloud.centers) return;
    context.font = `600 ${12 * ratio}px ${getComputedStyle(this.host).fontFamily}`;
    context.textBaseline = 'middle';
    this.centers = classes.coloured.map((label, slot) => ({label, slot, at: this.seen(...cloud.centers.subarray(3 * label, 3 * label + 3))}))
      .filter(({slot}) => classes.shown[slot]).sort((a, b) => a.at[2] - b.at[2]);
    const r = (cloud.solid ? 1.9 : 0) * this.size * ratio;
    if (cloud.solid) for (const center of this.centers) this.diamond(center, r);
    const taken = [];
    for (const {label, at: [x, y, z]} of this.named ? this.centers.slice().reverse() : []) {
      const text = short(names[label], 18), width = context.measureText(text).width, height = 15 * ratio;
      const gap = r + 4 * ratio;
      const left = !cloud.solid ? x - width / 2 : x + gap + width > this.top.width ? x - gap - width : x + gap;
      if (taken.some(b => left < b[0] + b[2] && b[0] < left + width && Math.abs(y - b[1]) < height)) continue;
      taken.push([left, y, width]);
      context.globalAlpha = z < -0.25 ? 0.45 : 1;
      context.lineWidth = 3.5 * ratio; context.lineJoin = 'round';
      context.strokeStyle = this.ground; context.fillStyle = this.ink;
      context.strokeText(text, left, y);
      context.fillText(text, left, y);
    }
    context.globalAlpha = 1;
    this.ring();
  }

  diamond({slot, at: [x, y, z]}, r) {
    const {context, painter: {ratio}} = this;
    context.globalAlpha = z < -0.25 ? 0.55 : 1;
    context.beginPath();
    context.moveTo(x, y - r); context.lineTo(x + r, y); context.lineTo(x, y + r); context.lineTo(x - r, y);
    context.closePath();
    context.fillStyle = theme(`--class-${slot % HUES}`);
    context.fill();
    context.lineWidth = 3.5 * ratio; context.strokeStyle = this.ground; context.stroke();
    context.lineWidth = 1.5 * ratio; context.strokeStyle = this.ink; context.stroke();
    context.globalAlpha = 1;
  }

  /** Around the sample under the pointer, with the way to its centre. */
  ring() {
    if (this.over === null || this.over < 0) return;
    const {context, painter: {ratio}, cloud} = this;
    const x = this.xs[this.over], y = this.ys[this.over];
    const label = cloud.labels[this.over];
    context.strokeStyle = this.ink;
    context.lineWidth = 1.5 * ratio;
    if (cloud.solid) {
      const [cx, cy] = this.seen(...cloud.centers.subarray(3 * label, 3 * label + 3));
      context.setLineDash([4 * ratio, 3 * ratio]);
      context.beginPath(); context.moveTo(x, y); context.lineTo(cx, cy); context.stroke();
      context.setLineDash([]);
    }
    context.beginPath(); context.arc(x, y, (this.size + 4) * ratio, 0, 7); context.stroke();
  }

  /** The nearest thing shown within some pixels of a place: a sample, -1 - class of a centre, or null. */
  at(x, y, within) {
    if (!this.xs) return null;
    const {ratio} = this.painter;
    let best = null, least = (within * ratio) ** 2;
    const px = x * ratio, py = y * ratio;
    for (let i = 0; i < this.xs.length; i++) {
      const d = (this.xs[i] - px) ** 2 + (this.ys[i] - py) ** 2 - 2 * ratio * this.depths[i];
      if (d < least && this.classes.shown[this.classes.slots[this.cloud.labels[i]]]) { best = i; least = d; }
    }
    if (this.cloud.solid) {
      for (const {label, at: c} of this.centers || []) {
        if (Math.hypot(c[0] - px, c[1] - py) < 9 * ratio) best = -1 - label;
      }
    }
    return best;
  }

  point(id) {
    if (id === this.over) return;
    this.over = id;
    this.top.classList.toggle('onto', id !== null);
    this.onOver(id);
    this.draw();
  }
}
