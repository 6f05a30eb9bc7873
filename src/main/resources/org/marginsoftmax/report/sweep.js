
/** The spheres of the best runs, with one legend. */
function draw() {
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
