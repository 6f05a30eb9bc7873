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
  const classes = new Classes(data.coloured);
  // All turn as the one that is turned does.
  const globes = data.runs.map(run => {
    const figure = grid.appendChild(document.createElement('figure'));
    const caption = figure.appendChild(document.createElement('figcaption'));
    caption.appendChild(document.createElement('b')).textContent = run.name;
    caption.appendChild(document.createElement('span')).textContent = `, ${holds(run.sphere)}`;
    const place = figure.appendChild(document.createElement('div'));
    place.className = 'one';
    const globe = new Globe(place, classes, {label: `Test features of ${run.name} on the unit sphere, coloured by class`, size: 2.6});
    globe.show(cloudOf(run.sphere));
    globe.onOver = id => showCard(globe, id);
    globe.fit();
    return globe;
  });
  for (const globe of globes) {
    globe.onView = view => globes.forEach(other => {
      if (other === globe) return;
      Object.assign(other.view, view);
      other.draw();
    });
  }
  new Legend(document.getElementById('keys'), classes, null, recoloured => globes.forEach(globe => (recoloured ? globe.fit() : globe.draw())));
  window.globes = globes;
  const note = document.getElementById('many');
  if (many) note.hidden = false;
  if (drawn) note.textContent = `${drawn}. ` + note.textContent;
}
