async function draw() {}
