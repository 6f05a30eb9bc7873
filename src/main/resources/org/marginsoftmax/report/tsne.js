
/**
 * t-SNE (van der Maaten and Hinton, 2008) into three dimensions, in a worker of its own. Similarities reach to the nearest
 * neighbours alone, as in Barnes-Hut t-SNE (2014); repulsion is exact, over all pairs. Student's t has two degrees of
 * freedom, one less than dimensions, as van der Maaten (2009) advises and scikit-learn does. It begins from the first three
 * columns and draws nothing at random, so the same page gives the same picture.
 */
function tsneWorker() {
  const EXAGGERATION = 12, EXAGGERATED = 100, ITERATIONS = 500, EVERY = 10;

  function neighbours(rows, n, width, count) {
    const found = new Int32Array(n * count), squares = new Float64Array(n * count);
    const row = new Float32Array(n);
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) {
        let sum = 0;
        for (let k = 0; k < width; k++) { const d = rows[i * width + k] - rows[j * width + k]; sum += d * d; }
        row[j] = j === i ? Infinity : sum;
      }
      const limit = row.slice().sort()[count - 1];
      let at = i * count;
      // Those nearer than the farthest first: of equals at the limit only as many as there is room for.
      for (let j = 0; j < n; j++) if (row[j] < limit) { found[at] = j; squares[at++] = row[j]; }
      for (let j = 0; j < n && at < (i + 1) * count; j++) if (row[j] === limit) { found[at] = j; squares[at++] = row[j]; }
    }
    return {found, squares};
  }

  /** Shares of the neighbours of a point whose entropy is that of as many equal ones as the perplexity says. */
  function shares(squares, from, count, perplexity, into) {
    let low = 0, high = Infinity, beta = 1;
    const wanted = Math.log(perplexity);
    const least = squares.subarray(from, from + count).reduce((m, v) => Math.min(m, v), Infinity);
    for (let tries = 0; tries < 100; tries++) {
      let sum = 0, mean = 0;
      for (let k = 0; k < count; k++) {
        const d = squares[from + k] - least;
        into[k] = Math.exp(-beta * d);
        sum += into[k];
        mean += into[k] * d;
      }
      const entropy = Math.log(sum) + beta * mean / sum;
      for (let k = 0; k < count; k++) into[k] /= sum;
      if (Math.abs(entropy - wanted) < 1e-5) return;
      if (entropy > wanted) { low = beta; beta = high === Infinity ? beta * 2 : (beta + high) / 2; } else { high = beta; beta = (beta + low) / 2; }
    }
  }

  /** Pairs i < j of neighbours with their similarity; all of both orders sum to 1. */
  function similarities(rows, n, width, perplexity) {
    const count = Math.min(n - 1, Math.floor(3 * perplexity));
    const {found, squares} = neighbours(rows, n, width, count);
    const pairs = new Map();
    const share = new Float64Array(count);
    for (let i = 0; i < n; i++) {
      shares(squares, i * count, count, perplexity, share);
      for (let k = 0; k < count; k++) {
        const j = found[i * count + k];
        const key = Math.min(i, j) * n + Math.max(i, j);
        pairs.set(key, (pairs.get(key) || 0) + share[k] / (2 * n));
      }
    }
    const first = new Int32Array(pairs.size), second = new Int32Array(pairs.size), p = new Float64Array(pairs.size);
    let at = 0;
    for (const [key, value] of pairs) { first[at] = Math.floor(key / n); second[at] = key % n; p[at++] = value; }
    return {first, second, p};
  }

  function run({rows, width, seen}) {
    const n = rows.length / width;
    const {first, second, p} = similarities(rows, n, width, Math.min(30, (n - 1) / 3));
    const rate = Math.max(50, n / EXAGGERATION / 4);
    let spread = 0;
    for (let i = 0; i < n; i++) spread += rows[i * width] ** 2 / n;
    const at = [0, 1, 2].map(k => Float64Array.from({length: n}, (_, i) => rows[i * width + k] * 1e-4 / (Math.sqrt(spread) || 1)));
    const [x, y, z] = at;
    const pull = at.map(() => new Float64Array(n)), push = at.map(() => new Float64Array(n));
    const speed = at.map(() => new Float64Array(n)), gain = at.map(() => new Float64Array(n).fill(1));
    for (let step = 1; step <= ITERATIONS; step++) {
      [...pull, ...push].forEach(f => f.fill(0));
      let total = 0;
      const [px, py, pz] = push;
      for (let i = 1; i < n; i++) {
        const xi = x[i], yi = y[i], zi = z[i];
        let fx = 0, fy = 0, fz = 0;
        for (let j = 0; j < i; j++) {
          const dx = xi - x[j], dy = yi - y[j], dz = zi - z[j];
          const w = 1 / (1 + (dx * dx + dy * dy + dz * dz) / 2), q = w * Math.sqrt(w), f = q * w;
          total += q;
          fx += f * dx; fy += f * dy; fz += f * dz;
          px[j] -= f * dx; py[j] -= f * dy; pz[j] -= f * dz;
        }
        px[i] += fx; py[i] += fy; pz[i] += fz;
      }
      total *= 2;
      let divergence = 0;
      const reports = step % EVERY === 0 || step === ITERATIONS;
      const [ax, ay, az] = pull;
      for (let k = 0; k < p.length; k++) {
        const i = first[k], j = second[k];
        const dx = x[i] - x[j], dy = y[i] - y[j], dz = z[i] - z[j];
        const w = 1 / (1 + (dx * dx + dy * dy + dz * dz) / 2), f = p[k] * w;
        ax[i] += f * dx; ay[i] += f * dy; az[i] += f * dz;
        ax[j] -= f * dx; ay[j] -= f * dy; az[j] -= f * dz;
        if (reports) divergence += 2 * p[k] * Math.log(p[k] * total / (w * Math.sqrt(w)));
      }
      const early = step <= EXAGGERATED;
      for (let k = 0; k < 3; k++) {
        let mean = 0;
        for (let i = 0; i < n; i++) {
          const slope = 3 * ((early ? EXAGGERATION : 1) * pull[k][i] - push[k][i] / total);
          gain[k][i] = Math.max(0.01, slope * speed[k][i] < 0 ? gain[k][i] + 0.2 : gain[k][i] * 0.8);
          speed[k][i] = (early ? 0.5 : 0.8) * speed[k][i] - rate * gain[k][i] * slope;
          at[k][i] += speed[k][i];
          mean += at[k][i] / n;
        }
        for (let i = 0; i < n; i++) at[k][i] -= mean;
      }
      if (reports) seen({step, of: ITERATIONS, divergence, positions: Float32Array.from({length: 3 * n}, (_, i) => at[i % 3][Math.floor(i / 3)])});
    }
  }

  onmessage = event => run({...event.data, seen: found => postMessage(found)});
}

/** Begins to lay rows out; heard gets each state on the way. Returns what ends it early. */
function tsne(rows, width, heard, failed) {
  const url = URL.createObjectURL(new Blob([`(${tsneWorker})()`], {type: 'text/javascript'}));
  const worker = new Worker(url);
  const end = () => { worker.terminate(); URL.revokeObjectURL(url); };
  worker.onmessage = event => {
    heard(event.data);
    if (event.data.step === event.data.of) end();
  };
  worker.onerror = event => { end(); failed(event.message); };
  worker.postMessage({rows, width});
  return end;
}
