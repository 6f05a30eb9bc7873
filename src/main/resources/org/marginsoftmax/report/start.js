
async function inflate() {
  const packed = document.getElementById('plotly-gzip').textContent.trim();
  const bytes = Uint8Array.from(atob(packed), c => c.charCodeAt(0));
  const text = await new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'))).text();
  const script = document.createElement('script');
  script.textContent = text;
  document.head.appendChild(script);
}

(sheet ? sheet.decode() : Promise.resolve())
  .then(drawSphere).then(inflate).then(draw)
  .then(() => { document.body.dataset.ready = 'yes'; })
  .catch(error => { document.getElementById('failed').textContent = 'The pictures could not be drawn: ' + error; document.body.dataset.ready = 'failed'; throw error; });
