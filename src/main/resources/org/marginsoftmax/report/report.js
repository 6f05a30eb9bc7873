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
}
