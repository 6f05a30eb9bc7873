
(sheet ? sheet.decode() : Promise.resolve())
  .then(draw)
  .then(() => { document.body.dataset.ready = 'yes'; })
  .catch(error => { document.getElementById('failed').textContent = 'The sphere could not be drawn: ' + error; document.body.dataset.ready = 'failed'; throw error; });
