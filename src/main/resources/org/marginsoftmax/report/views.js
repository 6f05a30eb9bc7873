
/** Positions about their middle, nearly all within a ball of radius 1. */
function fitted(positions) {
  const far = new Float32Array(positions.length / 3).map((_, i) => Math.hypot(...positions.subarray(3 * i, 3 * i + 3))).sort();
  const most = far[Math.floor(0.98 * (far.length - 1))] || 1;
  return positions.map(v => v / most);
}

/** The middle of each class's points, for its name. */
function middles(positions, labels) {
  const sums = new Float32Array(3 * names.length), counts = new Float32Array(names.length);
  labels.forEach((label, i) => {
    counts[label]++;
    for (let k = 0; k < 3; k++) sums[3 * label + k] += positions[3 * i + k];
  });
  return sums.map((v, i) => v / Math.max(1, counts[Math.floor(i / 3)]));
}

/** On the sphere itself: of each only the direction is left. */
const outwards = positions => positions.map((v, i) => {
  const first = i - i % 3;
  return v / (Math.hypot(positions[first], positions[first + 1], positions[first + 2]) || 1);
});

/** The views of a run's features, of which one is shown at a time. */
class Views {
  constructor(globe) {
    this.globe = globe;
    this.flat = cloudOf(data.sphere);
    this.says = document.getElementById('sphere-says');
    this.buttons = new Map(['pca', 'ball', 'tsne', 'growth'].map(name => [name, document.getElementById('view-' + name)]));
    this.buttons.forEach((button, name) => { button.onclick = () => this.open(name); });
    this.tsne = {part: document.getElementById('tsne'), bar: document.getElementById('tsne-bar'), cancel: document.getElementById('tsne-cancel')};
    this.tsne.cancel.onclick = () => { this.stop(); this.open('pca'); };
    this.buttons.get('tsne').hidden = data.sphere.width < 4 || this.flat.labels.length < 10;
    this.growth = data.growth ? new Growth(this) : null;
    this.buttons.get('growth').hidden = !this.growth;
    const turn = document.getElementById('turn');
    turn.onclick = () => globe.setTurning(!globe.turning);
    globe.onTurning = turning => turn.setAttribute('aria-pressed', turning);
    this.open('pca');
    globe.setTurning(!still.matches);
  }

  open(name) {
    this.buttons.forEach((button, each) => button.setAttribute('aria-pressed', each === name));
    if (this.view === 'tsne' && name !== 'tsne') this.stop();
    if (this.view === 'growth' && name !== 'growth') this.growth.close();
    this.view = name;
    const flat = this.flat;
    if (name === 'growth') {
      this.growth.open();
    } else if (name === 'tsne') {
      this.layOut();
    } else if (name === 'ball') {
      this.show({...flat, positions: outwards(flat.positions), centers: outwards(flat.centers)});
      this.says.textContent = 'The same, each drawn out to the surface: what is left is the direction, as of features of size 3.';
    } else {
      this.show(flat);
      this.says.textContent = `Three principal components, ${holds(data.sphere)}. A sample on the surface lies wholly along them; nearer to the middle, more of it lies along others.`;
    }
  }

  show(cloud) {
    this.globe.point(null);
    this.globe.show(cloud, 700);
  }

  layOut() {
    if (this.laidOut) return this.showLaidOut();
    this.tsne.part.hidden = false;
    this.tsne.bar.value = 0;
    const {width} = data.sphere;
    this.says.textContent = `t-SNE of ${this.flat.labels.length.toLocaleString('en')} samples in ${width} principal components begins …`;
    this.end = tsne(columns(int16(data.sphere.points), width, width), width, state => {
      this.tsne.bar.max = state.of;
      this.tsne.bar.value = state.step;
      const said = `t-SNE of ${width} principal components, perplexity ${Math.min(30, Math.floor((this.flat.labels.length - 1) / 3))}: step ${state.step} of ${state.of}, Kullback-Leibler divergence ${state.divergence.toFixed(3)}.`;
      const positions = fitted(state.positions);
      const cloud = {...this.flat, positions, centers: middles(positions, this.flat.labels), solid: false};
      this.laid = {cloud, said, divergence: state.divergence, raw: state.positions};
      if (state.step === state.of) {
        this.laidOut = this.laid;
        this.end = null;
        this.tsne.part.hidden = true;
        this.showLaidOut();
      } else {
        this.says.textContent = said;
        this.globe.show(cloud);
      }
    }, message => {
      this.stop();
      this.says.textContent = 't-SNE failed: ' + message;
    });
  }

  showLaidOut() {
    this.show(this.laidOut.cloud);
    this.says.textContent = this.laidOut.said + ' Neighbours are near each other; distances and sizes of groups say little.';
  }

  stop() {
    this.end?.();
    this.end = null;
    this.tsne.part.hidden = true;
  }
}

/** How the features of some samples came to be where they are, epoch by epoch. */
class Growth {
  constructor(views) {
    this.views = views;
    const {epochs, points, labels} = data.growth;
    this.epochs = epochs;
    this.labels = int16(labels);
    this.n = this.labels.length;
    const all = int16(points);
    this.states = epochs.map((_, e) => columns(all.subarray(3 * this.n * e, 3 * this.n * (e + 1)), 3, 3));
    this.part = document.getElementById('growth');
    this.slider = document.getElementById('growth-epoch');
    this.said = document.getElementById('growth-said');
    this.play = document.getElementById('growth-play');
    this.slider.max = epochs.length - 1;
    this.slider.oninput = () => { this.pause(); this.at(Number(this.slider.value)); };
    this.play.onclick = () => (this.playing ? this.pause() : this.start());
  }

  open() {
    this.part.hidden = false;
    this.views.says.textContent =
      `${this.n.toLocaleString('en')} ${data.growth.of} samples after each validated epoch, along the components of the finished run; the centres are its own.`;
    if (still.matches) this.at(this.epochs.length - 1); else this.start();
  }

  close() {
    this.pause();
    this.part.hidden = true;
  }

  /** From the first epoch on, or from where it was paused. */
  start() {
    const last = this.epochs.length - 1;
    const from = this.now === undefined || this.now >= last ? 0 : this.now;
    this.playing = true;
    this.play.textContent = 'Pause';
    let begun = null;
    const step = time => {
      if (!this.playing) return;
      begun ??= time;
      // Long runs go faster: twenty seconds at most.
      this.at(Math.min(last, from + (time - begun) / Math.min(1000, 20000 / (last + 1))));
      if (this.now < last) requestAnimationFrame(step); else this.pause();
    };
    this.at(from);
    requestAnimationFrame(step);
  }

  pause() {
    this.playing = false;
    this.play.textContent = 'Play';
  }

  /** Shows the state of an epoch by its index, or one on the way from that to the next. */
  at(index) {
    this.now = index;
    const first = Math.floor(index), share = index - first;
    const before = this.states[first], after = this.states[Math.min(first + 1, this.states.length - 1)];
    const positions = share === 0 ? before : before.map((v, i) => v + share * (after[i] - v));
    this.views.globe.show({positions, labels: this.labels, centers: this.views.flat.centers, angles: null, solid: true, pictured: false});
    const shown = Math.round(index);
    this.slider.value = shown;
    this.slider.setAttribute('aria-valuetext', `epoch ${this.epochs[shown]}`);
    this.said.textContent = `epoch ${this.epochs[shown]} of ${this.epochs[this.epochs.length - 1]}`;
  }
}
