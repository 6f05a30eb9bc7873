async function draw() {
  const sphere = data.sphere;
  const few = sphere.points.length < data.samples ? `${sphere.points.length.toLocaleString('en')} of ` : '';
  document.getElementById('sphere-note').textContent =
    `${few}${data.samples.toLocaleString('en')} test features, l2-normalised, along their first three principal components (${holds(sphere)}); ` +
    'diamonds are class centres. Drag to turn, scroll to come closer, point at a sample to see its image, click a class in the legend to hide it and twice to see it alone.' +
    (drawn ? ` ${drawn}; of these` : many ? ` Of ${names.length.toLocaleString('en')} classes` : '') +
    (many ? ' those with the most errors are coloured; choose another by its name.' : '');

  const element = document.getElementById('sphere');
  const legend = narrow()
    ? {itemsizing: 'constant', orientation: 'h', x: 0, y: 0, yanchor: 'top'}
    : {itemsizing: 'constant', x: 1, xanchor: 'right', y: 0.98};
  const look = layout({
    margin: {l: 0, r: 0, t: 0, b: 0}, scene: scene(), showlegend: true, legend: legend, uirevision: 'keep'
  });
  await Plotly.newPlot(element, sphereTraces(sphere, 3, data.coloured), look, config);
  hover(element, sphere.labels);
  let coloured = data.coloured;
  const redraw = labels => { coloured = labels; return Plotly.react(element, sphereTraces(sphere, 3, labels), element.layout, config); };
  document.getElementById('all').onclick = () => redraw(data.coloured).then(() => showClasses([element], coloured.map(() => true)));
  document.getElementById('none').onclick = () => showClasses([element], coloured.map(() => false));
  choice(label => redraw([label]).then(() => showClasses([element], [true])));

  const bin = data.binDegrees;
  const middle = data.ownAngles.map((n, i) => (i + 0.5) * bin);
  const bars = (counts, name, c) => ({type: 'bar', x: middle, y: counts, name: name, width: bin, marker: {color: c, opacity: 0.65}, hovertemplate: '%{y} samples at %{x}°<extra></extra>'});
  await Plotly.newPlot('angles', [bars(data.ownAngles, 'own centre', colour(0)), bars(data.otherAngles, 'nearest other', colour(1))], layout({
    barmode: 'overlay', bargap: 0, xaxis: axis({title: {text: 'angle, degrees'}}), yaxis: axis({title: {text: 'test samples'}}),
    legend: {x: 1, xanchor: 'right', y: 1}
  }), config);

  const steps = data.history.map(h => h.step);
  const line = (key, name, c, extra) => Object.assign({type: 'scatter', mode: 'lines', x: steps, y: data.history.map(h => h[key]), name: name, line: {color: c, width: 1.5}}, extra);
  const highest = Math.max(...data.history.map(h => h.learningRate));
  const validated = data.history.filter(h => h.validationAccuracy !== null);
  await Plotly.newPlot('training', [
    line('loss', 'loss', colour(0)),
    line('accuracy', 'accuracy', colour(1), {yaxis: 'y2'}),
    {type: 'scatter', mode: 'markers', x: validated.map(h => h.step), y: validated.map(h => h.validationAccuracy), name: 'validation accuracy', yaxis: 'y2', marker: {color: colour(2), size: 9, symbol: 'diamond'}},
    line('marginStrength', 'strength of the margin', colour(4), {yaxis: 'y2', line: {color: colour(4), width: 1.5, dash: 'dot'}}),
    line('learningRate', `learning rate, of ${highest.toPrecision(2)}`, colour(9), {yaxis: 'y2', y: data.history.map(h => h.learningRate / highest), line: {color: colour(9), width: 1.5, dash: 'dash'}, visible: 'legendonly'})
  ], layout({
    margin: {l: 52, r: 46, t: 8, b: 90}, xaxis: axis({title: {text: 'step'}}), yaxis: axis({title: {text: 'loss'}, rangemode: 'tozero'}),
    yaxis2: axis({overlaying: 'y', side: 'right', range: [0, 1.03], showgrid: false}),
    legend: {orientation: 'h', y: -0.28}
  }), config);
}
