
/** Draws the sphere of a run, with its legend and views. */
function draw() {
  document.querySelectorAll('[data-scripted]').forEach(each => { each.hidden = false; });
  const classes = new Classes(data.coloured);
  const globe = new Globe(document.getElementById('sphere'), classes, {label: 'Test features on the unit sphere, coloured by class'});
  globe.top.setAttribute('aria-describedby', 'sphere-help');
  globe.onOver = id => showCard(globe, id);
  const counts = new Array(names.length).fill(0);
  int16(data.sphere.labels).forEach(label => counts[label]++);
  new Legend(document.getElementById('legend'), classes, counts, recoloured => (recoloured ? globe.fit() : globe.draw()));
  window.views = new Views(globe);
  globe.fit();
}
