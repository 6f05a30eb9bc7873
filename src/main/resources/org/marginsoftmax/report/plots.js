
const config = {displayModeBar: false, responsive: true};
const colour = k => theme(`--class-${k % HUES}`);

/** For plots, in whose texts Plotly reads tags. */
const plain = text => text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');

function layout(extra) {
  return Object.assign({
    paper_bgcolor: 'rgba(0,0,0,0)', plot_bgcolor: 'rgba(0,0,0,0)',
    font: {color: theme('--ink'), family: getComputedStyle(document.body).fontFamily, size: 13},
    margin: {l: 52, r: 12, t: 8, b: 42}
  }, extra);
}

function axis(extra) {
  return Object.assign({gridcolor: theme('--line'), zerolinecolor: theme('--line'), linecolor: theme('--line')}, extra);
}
