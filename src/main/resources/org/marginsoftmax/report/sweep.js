async function draw() {
  document.getElementById('lead').textContent =
    'What the margin does: the same network trained again and again, each time with another margin. As it grows, samples draw towards the centre of their class and classes apart, up to where it asks for too much.';
  const grid = document.getElementById('spheres');
  const elements = [];
  // All places first: each sphere takes the width that its place has in the end.
  for (const run of data.runs) {
    const figure = grid.appendChild(document.createElement('figure'));
    const caption = figure.appendChild(document.createElement('figcaption'));
    caption.appendChild(document.createElement('b')).textContent = run.name;
    caption.appendChild(document.createElement('span')).textContent = `, ${(100 * run.sphere.explained).toFixed(0)}\u00a0% of the variance`;
    const element = figure.appendChild(document.createElement('div'));
    element.className = 'one';
    elements.push(element);
  }
  for (const [i, run] of data.runs.entries()) {
    await Plotly.newPlot(elements[i], sphereTraces(run.sphere, 2), layout({
      margin: {l: 0, r: 0, t: 0, b: 0}, scene: scene(), showlegend: false
    }), config);
    hover(elements[i], run.sphere.labels);
  }
  // The sphere that is turned leads. Where it turns on while the others still draw, its latest camera is kept for
  // their next turn: they end where it ends.
  let leader = null, latest = null;
  const follow = source => async event => {
    const camera = event['scene.camera'];
    if (!camera || (leader && leader !== source)) return;
    latest = camera;
    if (leader) return;
    leader = source;
    try {
      while (latest) {
        const to = latest;
        latest = null;
        await Promise.all(elements.filter(e => e !== source).map(e => Plotly.relayout(e, {'scene.camera': to})));
      }
    } finally {
      leader = null;
    }
  };
  elements.forEach(e => { e.on('plotly_relayouting', follow(e)); e.on('plotly_relayout', follow(e)); });

  const shown = names.map(() => true);
  const keys = document.getElementById('keys');
  const buttons = names.length > LEGEND_MOST ? [] : names.map((name, k) => {
    const button = keys.appendChild(document.createElement('button'));
    button.type = 'button';
    button.className = 'key';
    button.appendChild(document.createElement('i')).style.background = colour(k);
    button.append(name);
    button.onclick = () => { shown[k] = !shown[k]; update(); };
    return button;
  });
  const update = () => {
    buttons.forEach((b, k) => b.setAttribute('aria-pressed', shown[k]));
    return showClasses(elements, shown);
  };
  document.getElementById('all').onclick = () => { shown.fill(true); update(); };
  document.getElementById('none').onclick = () => { shown.fill(false); update(); };

  row(document.querySelector('#metrics thead'), [['th', 'Figure']].concat(data.runs.map(r => ['th', r.name, 'number'])));
  const known = data.runs[0].metrics;
  const body = document.querySelector('#metrics tbody');
  known.forEach(metric => {
    row(body, [['th', plainName(metric)]].concat(data.runs.map(run => {
      const m = run.metrics.find(other => other.name === metric.name);
      return ['td', m ? shownValue(m) : '', 'number'];
    })));
    body.lastChild.title = metric.definition;
  });
}
