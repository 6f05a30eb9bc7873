/** Of the samples with their neighbours the chosen one is shown; without scripts the first few are. */
const neighbours = document.getElementById('neighbours');
if (neighbours) {
  const choice = document.getElementById('neighbour-of');
  const show = () => [...neighbours.children].forEach((row, i) => row.classList.toggle('chosen', i === choice.selectedIndex));
  neighbours.classList.add('live');
  document.getElementById('neighbour-choice').hidden = false;
  choice.onchange = show;
  show();
}
