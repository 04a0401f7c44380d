// Places for the nodes of a network, so that all of them are within the box: linked ones attract and all repel each other.
// The same network has the same places each time.

// names: of nodes; links: [from, to]; width and height in pixels. Gives [x, y] by name.
export function places(names, links, width, height) {
  const at = new Map(names.map((name, index) => [name, index]));
  const edges = links.map(([from, to]) => [at.get(from), at.get(to)]);
  // What has many links would be drawn into one spot by all of them.
  const degree = names.map(() => 0);
  for (const ends of edges) for (const end of ends) degree[end] += 1;
  // A sunflower's seeds: even, and no two in one place.
  const points = names.map((_, index) => [Math.sqrt(index + 1) * Math.cos(index * 2.4), Math.sqrt(index + 1) * Math.sin(index * 2.4)]);
  const turns = 250;
  for (let turn = 0; turn < turns; turn += 1) {
    const moves = points.map(([x, y]) => [-x * 0.15, -y * 0.15]);
    const push = (one, other, by) => {
      const [dx, dy] = [points[one][0] - points[other][0], points[one][1] - points[other][1]];
      const apart = Math.max(0.05, Math.hypot(dx, dy));
      const force = by(apart) / apart;
      moves[one][0] += dx * force; moves[one][1] += dy * force;
      moves[other][0] -= dx * force; moves[other][1] -= dy * force;
    };
    for (let one = 0; one < points.length; one += 1) for (let other = one + 1; other < points.length; other += 1) push(one, other, (apart) => 1 / apart);
    for (const [from, to] of edges) if (from !== to) push(from, to, (apart) => (-0.6 * apart) / Math.max(degree[from], degree[to]));
    const most = 1.5 * (1 - turn / turns) + 0.02;
    points.forEach((point, index) => {
      const length = Math.hypot(...moves[index]) || 1;
      const step = Math.min(length, most) / length;
      point[0] += moves[index][0] * step; point[1] += moves[index][1] * step;
    });
  }
  const fit = (axis, size) => {
    const [least, most] = [Math.min(...points.map((point) => point[axis])), Math.max(...points.map((point) => point[axis]))];
    return (value) => (most > least ? ((value - least) / (most - least)) * size : size / 2);
  };
  const [x, y] = [fit(0, width), fit(1, height)];
  return new Map(names.map((name, index) => [name, [x(points[index][0]), y(points[index][1])]]));
}

// Which nodes can be named without names over each other or outside of the box: the first ones first. Gives the side by name.
export function sides(names, found, lengthOf, width, height) {
  const taken = [];
  const free = (box) => box.x >= 0 && box.x + box.width <= width && box.y >= 0 && box.y + box.height <= height
    && taken.every((other) => box.x + box.width < other.x || other.x + other.width < box.x || box.y + box.height < other.y || other.y + other.height < box.y);
  const chosen = new Map();
  for (const name of names) {
    const [x, y] = found.get(name);
    const size = { width: lengthOf(name) * 6.5, height: 12, y: y - 6 };
    const side = ["right", "left"].find((side) => free({ ...size, x: side === "right" ? x + 10 : x - 10 - size.width }));
    if (!side) continue;
    chosen.set(name, side);
    taken.push({ ...size, x: side === "right" ? x + 10 : x - 10 - size.width });
  }
  return chosen;
}
