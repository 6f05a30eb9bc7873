/** The figure against each option that varies, a plot each. */
async function against() {
  const place = document.getElementById('against');
  const rows = data.rows.filter(row => row.validation !== null);
  const shade = theme('--accent');
  for (const k of data.varying) {
    const values = rows.map(row => row.values[k]);
    const numbers = values.length > 0 && values.every(v => typeof v === 'number');
    const wide = numbers && Math.min(...values) > 0 && Math.max(...values) >= 50 * Math.min(...values);
    const element = place.appendChild(document.createElement('div'));
    element.className = 'plot';
    await Plotly.newPlot(element, [{
      type: 'scatter', mode: 'markers', marker: {size: 8, color: shade, opacity: 0.8},
      x: numbers ? values : values.map(v => v === '' ? '–' : short(plain(String(v)), 24)), y: rows.map(row => row.validation),
      error_y: {type: 'data', array: rows.map(row => row.deviation ?? 0), visible: rows.some(row => row.deviation !== null), color: shade},
      text: rows.map(row => `${row.rank}: ` + data.options.map((name, i) => row.values[i] === '' ? null : plain(`${name} ${row.values[i]}`)).filter(t => t).join(', ')),
      hovertemplate: '%{text}<br>%{y:.4f}<extra></extra>'
    }], layout({
      xaxis: axis({title: {text: data.options[k]}, type: numbers ? (wide ? 'log' : 'linear') : 'category'}),
      yaxis: axis({title: {text: data.figure}, zeroline: false}), showlegend: false
    }), config);
  }
}

async function draw() {
  await against();
  const grid = document.getElementById('spheres');
  const elements = [];
  // All places first: each sphere takes the width that its place has in the end.
  for (const run of data.runs) {
    const figure = grid.appendChild(document.createElement('figure'));
    const caption = figure.appendChild(document.createElement('figcaption'));
    caption.appendChild(document.createElement('b')).textContent = run.name;
    caption.appendChild(document.createElement('span')).textContent = `, ${holds(run.sphere)}`;
    const element = figure.appendChild(document.createElement('div'));
    element.className = 'one';
    elements.push(element);
  }
  for (const [i, run] of data.runs.entries()) {
    await Plotly.newPlot(elements[i], sphereTraces(run.sphere, 2, data.coloured), layout({
      margin: {l: 0, r: 0, t: 0, b: 0}, scene: scene(), showlegend: false
    }), config);
    hover(elements[i], run.sphere.labels);
  }
  // The sphere that is turned leads. Where it turns on while the others still draw, its latest camera is kept for
  // their next turn: they end where it ends.
  // On a slow machine a camera glides on after its last event.
  const eye = camera => [camera.eye.x, camera.eye.y, camera.eye.z];
  const glided = async (source, to) => {
    await new Promise(resolve => setTimeout(resolve, 300));
    const at = source._fullLayout.scene._scene.getCamera();
    return eye(at).some((v, i) => Math.abs(v - eye(to)[i]) > 1e-3) ? at : null;
  };
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
        latest = latest || await glided(source, to) || latest;
      }
    } finally {
      leader = null;
    }
  };
  elements.forEach(e => { e.on('plotly_relayouting', follow(e)); e.on('plotly_relayout', follow(e)); });

  let coloured = data.coloured;
  let shown = coloured.map(() => true);
  let buttons = [];
  const keys = document.getElementById('keys');
  const update = () => {
    buttons.forEach((b, k) => b.setAttribute('aria-pressed', shown[k]));
    return showClasses(elements, shown);
  };
  const key = (label, k) => {
    const button = keys.appendChild(document.createElement('button'));
    button.type = 'button';
    button.className = 'key';
    button.title = names[label];
    button.appendChild(document.createElement('i')).style.background = colour(k);
    button.appendChild(document.createElement('span')).textContent = names[label];
    button.onclick = () => { shown[k] = !shown[k]; update(); };
    return button;
  };
  const choose = async labels => {
    if (labels !== coloured) {
      await Promise.all(data.runs.map((run, i) => Plotly.react(elements[i], sphereTraces(run.sphere, 2, labels), elements[i].layout, config)));
    }
    coloured = labels;
    shown = labels.map(() => true);
    keys.replaceChildren();
    buttons = labels.map(key);
    return update();
  };
  buttons = coloured.map(key);
  choice(label => choose([label]));
  document.getElementById('all').onclick = () => choose(data.coloured);
  document.getElementById('none').onclick = () => { shown.fill(false); update(); };
  const note = document.getElementById('many');
  if (many) note.hidden = false;
  if (drawn) note.textContent = `${drawn}. ` + note.textContent;
}
