
/**
 * The keys of the classes that have a colour, buttons that hide and show them; of all others one together. With Shift a
 * class is shown alone, and again all.
 */
class Legend {
  constructor(place, classes, counts, changed) {
    Object.assign(this, {place, classes, counts, changed});
    document.getElementById('all').onclick = () => { classes.setAll(true); this.update(); };
    document.getElementById('none').onclick = () => { classes.setAll(false); this.update(); };
    this.search();
    this.build();
  }

  build() {
    const {classes, counts} = this;
    const rest = classes.others > 0;
    this.keys = [...classes.coloured, ...(rest ? [null] : [])].map((label, slot) => {
      const key = document.createElement('button');
      key.type = 'button';
      key.className = 'key';
      key.appendChild(swatch(slot, label === null));
      key.appendChild(document.createElement('span')).textContent = label === null ? `${classes.others.toLocaleString('en')} others` : names[label];
      if (counts) {
        const n = label === null ? counts.reduce((sum, c, k) => sum + (classes.slots[k] === slot ? c : 0), 0) : counts[label];
        key.appendChild(document.createElement('small')).textContent = n.toLocaleString('en');
      }
      key.title = label === null ? '' : names[label];
      key.onclick = event => {
        if (!event.shiftKey) {
          classes.shown[slot] = !classes.shown[slot];
        } else if (classes.shown.every((shown, k) => shown === (k === slot))) {
          classes.setAll(true);
        } else {
          classes.setAlone(slot);
        }
        this.update();
      };
      return key;
    });
    this.place.replaceChildren(...this.keys);
    this.update();
  }

  update() {
    this.keys.forEach((key, slot) => key.setAttribute('aria-pressed', this.classes.shown[slot]));
    this.changed(false);
  }

  /** Where not all classes have a colour, those named here have, and all others are grey. */
  search() {
    if (!many) return;
    document.getElementById('pick-label').hidden = false;
    document.getElementById('class-list').replaceChildren(...names.map(name => Object.assign(document.createElement('option'), {value: name})));
    document.getElementById('pick').onchange = event => {
      const label = names.indexOf(event.target.value);
      if (label < 0) return;
      const before = this.classes.coloured === data.coloured ? [] : this.classes.coloured;
      this.classes.choose([label, ...before.filter(k => k !== label)].slice(0, HUES));
      event.target.value = '';
      this.changed(true);
      this.build();
    };
    const all = document.getElementById('all');
    const before = all.onclick;
    all.onclick = () => {
      if (this.classes.coloured !== data.coloured) {
        this.classes.choose(data.coloured);
        this.changed(true);
        this.build();
      }
      before();
    };
  }
}
