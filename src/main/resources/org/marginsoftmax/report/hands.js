
/** Lets a globe be turned and looked at: by mouse, by fingers, by keys. Whoever takes hold of it stops it turning by itself. */
function hands(globe) {
  const top = globe.top;
  const held = new Map();
  let moved = 0;

  const place = event => {
    const box = top.getBoundingClientRect();
    return {x: event.clientX - box.left, y: event.clientY - box.top};
  };
  const radius = () => Math.min(top.clientWidth, top.clientHeight) * 0.46;

  /** Comes closer by a factor, keeping what is at a place where it is. */
  const zoom = (factor, at) => {
    const {zoom: before, x, y} = globe.view;
    const after = Math.max(1, Math.min(12, before * factor));
    const px = (at.x - top.clientWidth / 2) / radius(), py = (at.y - top.clientHeight / 2) / radius();
    globe.look({zoom: after, x: px + (x - px) * after / before, y: py + (y - py) * after / before});
  };

  top.addEventListener('pointerdown', event => {
    if (event.button > 0) return;
    held.set(event.pointerId, place(event));
    top.setPointerCapture(event.pointerId);
    moved = 0;
    if (globe.turning) globe.setTurning(false);
  });

  top.addEventListener('pointermove', event => {
    const now = place(event);
    if (!held.has(event.pointerId)) {
      if (event.pointerType === 'mouse') globe.point(globe.at(now.x, now.y, 12));
      return;
    }
    const before = held.get(event.pointerId);
    const dx = now.x - before.x, dy = now.y - before.y;
    held.set(event.pointerId, now);
    moved += Math.abs(dx) + Math.abs(dy);
    if (moved < 4) return;
    globe.point(null);
    const others = [...held].filter(([id]) => id !== event.pointerId);
    if (others.length > 0) {
      const other = others[0][1];
      const gap = Math.hypot(before.x - other.x, before.y - other.y);
      if (gap > 0) zoom(Math.hypot(now.x - other.x, now.y - other.y) / gap, {x: (now.x + other.x) / 2, y: (now.y + other.y) / 2});
      globe.look({pitch: globe.view.pitch + dy / radius() / 2});
    } else if (event.shiftKey) {
      globe.look({x: globe.view.x + dx / radius(), y: globe.view.y + dy / radius()});
    } else {
      globe.look({yaw: globe.view.yaw + dx / radius() / globe.view.zoom ** 0.5, pitch: globe.view.pitch + dy / radius() / globe.view.zoom ** 0.5});
    }
  });

  const release = event => {
    const at = held.get(event.pointerId);
    held.delete(event.pointerId);
    if (at && event.type === 'pointerup' && moved < 4) globe.point(globe.at(at.x, at.y, event.pointerType === 'mouse' ? 12 : 22));
  };
  top.addEventListener('pointerup', release);
  top.addEventListener('pointercancel', release);
  top.addEventListener('pointerleave', event => { if (event.pointerType === 'mouse' && held.size === 0) globe.point(null); });

  // A whole sphere lets the page scroll on.
  top.addEventListener('wheel', event => {
    if (event.deltaY > 0 && globe.view.zoom <= 1) return;
    event.preventDefault();
    zoom(Math.exp(-event.deltaY * (event.deltaMode === 1 ? 0.05 : 0.0015)), place(event));
  }, {passive: false});

  const middle = () => ({x: top.clientWidth / 2, y: top.clientHeight / 2});
  const keys = {
    ArrowLeft: () => globe.look({yaw: globe.view.yaw - 0.1}),
    ArrowRight: () => globe.look({yaw: globe.view.yaw + 0.1}),
    ArrowUp: () => globe.look({pitch: globe.view.pitch - 0.1}),
    ArrowDown: () => globe.look({pitch: globe.view.pitch + 0.1}),
    '+': () => zoom(1.25, middle()),
    '=': () => zoom(1.25, middle()),
    '-': () => zoom(0.8, middle()),
    0: () => globe.look({...START}),
    Home: () => globe.look({...START})
  };
  top.addEventListener('keydown', event => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === ' ') {
      globe.setTurning(!globe.turning);
    } else if (keys[event.key]) {
      if (globe.turning) globe.setTurning(false);
      keys[event.key]();
    } else {
      return;
    }
    event.preventDefault();
  });
  top.addEventListener('dblclick', () => globe.look({...START}));
}
