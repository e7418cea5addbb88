// Maps and meshes on a photo's canvas: colours, contour line, place of the label. A part of a view's ES module.

const PHOTO = 720; // canvas pixels; shown at 360 CSS px, so that lines stay sharp on dense displays
const MAGMA = ("000004 0a0822 1d1147 36106b 51127c 6a1c81 832681 9c2e7f b73779 d0416f e75263 f56b5c fc8961 fea772 fec488 "
  + "fde2a3 fcfdbf").split(" ").map((hex) => [0, 2, 4].map((i) => parseInt(hex.slice(i, i + 2), 16)));

function magma(value) {
  const at = value * (MAGMA.length - 1);
  const low = Math.min(Math.floor(at), MAGMA.length - 2);
  return MAGMA[low].map((channel, i) => channel + (at - low) * (MAGMA[low + 1][i] - channel));
}

// The diverging map, from -1 to 1 with a neutral centre: blue below 0, orange above.
const BELOW = [[4, 40, 82], [0, 114, 178], [178, 210, 232]], ABOVE = [[240, 208, 178], [213, 94, 0], [94, 38, 0]];

function diverging(value) {
  const [low, middle, high] = value < 0 ? [...BELOW].reverse() : ABOVE; // from the centre outwards
  const at = 2 * Math.min(Math.abs(value), 1);
  const [from, to, share] = at < 1 ? [low, middle, at] : [middle, high, at - 1];
  return from.map((channel, i) => channel + share * (to[i] - channel));
}

async function decoded(src, name) {
  const image = new Image();
  image.src = src;
  try {
    await image.decode();
  } catch {
    throw new Error(`${name} could not be decoded`);
  }
  return image;
}

// The sprite's tiles as grey levels, in the order of maps.items.
function tiles(sprite, { width, height, items }) {
  if (sprite.naturalWidth !== width || sprite.naturalHeight !== height * items.length) {
    throw new Error(`the map sprite is ${sprite.naturalWidth} × ${sprite.naturalHeight} px, `
      + `not ${width} × ${height * items.length} px`);
  }
  const canvas = h("canvas", { width, height: height * items.length });
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(sprite, 0, 0);
  const grey = context.getImageData(0, 0, width, height * items.length).data.filter((_, i) => i % 4 === 0);
  return items.map((_, i) => grey.subarray(i * width * height, (i + 1) * width * height));
}

// Alpha equals the value, of a signed map its size: where a region fades out, the photo shows unchanged.
function coloured(grey, width, height, signed = false) {
  const canvas = h("canvas", { width, height });
  const picture = new ImageData(width, height);
  const colour = (level) => (signed ? [...diverging(level / 127.5 - 1), Math.abs(2 * level - 255)] : [...magma(level / 255), level]);
  grey.forEach((level, i) => picture.data.set(colour(level), 4 * i));
  canvas.getContext("2d").putImageData(picture, 0, 0);
  return canvas;
}

// The colours of a map, over the grey of an average photo: with the overlay's alpha, 0 looks as clear as it is.
function colourBar() {
  const STOPS = 17;
  const gradient = (signed) => Array.from({ length: STOPS }, (_, i) => {
    const at = signed ? (2 * i) / (STOPS - 1) - 1 : i / (STOPS - 1);
    return `rgb(${(signed ? diverging(at) : magma(at)).map(Math.round).join(" ")} / ${Math.abs(at)})`;
  }).join(", ");
  const ramp = h("i"), low = h("b"), high = h("b");
  const root = h("div", { class: "xl-bar" }, low, h("span", {}, ramp), high);
  return { root, fade(opacity) { ramp.style.opacity = opacity; }, show(signed) {
    ramp.style.background = `linear-gradient(to right, ${gradient(signed)})`;
    low.textContent = signed ? "−" : "0";
    high.textContent = signed ? "+" : "1";
  } };
}

// Marching squares: the line where a map crosses `level`, in tile units, with samples at pixel centres.
function contour(grey, width, height, level) {
  const path = new Path2D();
  const at = (x, y) => grey[y * width + x] - level;
  for (let y = 0; y < height - 1; y++) {
    for (let x = 0; x < width - 1; x++) {
      const [a, b, c, d] = [at(x, y), at(x + 1, y), at(x + 1, y + 1), at(x, y + 1)];
      const crossings = [];
      if (a < 0 !== b < 0) crossings.push([x + a / (a - b), y]);
      if (b < 0 !== c < 0) crossings.push([x + 1, y + b / (b - c)]);
      if (d < 0 !== c < 0) crossings.push([x + d / (d - c), y + 1]);
      if (a < 0 !== d < 0) crossings.push([x, y + a / (a - d)]);
      for (let i = 0; i + 1 < crossings.length; i += 2) {
        path.moveTo(crossings[i][0] + 0.5, crossings[i][1] + 0.5);
        path.lineTo(crossings[i + 1][0] + 0.5, crossings[i + 1][1] + 0.5);
      }
    }
  }
  return path;
}

// Where a region's label goes: its top under the region or, where there is no room, its foot above it; in fractions of
// the photo.
function labelPlace(grey, width, height) {
  let [left, right, top, bottom] = [width, 0, height, 0];
  grey.forEach((level, i) => {
    if (level < 128) return;
    const [x, y] = [i % width, Math.floor(i / width)];
    [left, right, top, bottom] = [Math.min(left, x), Math.max(right, x), Math.min(top, y), Math.max(bottom, y)];
  });
  if (right < left) return { x: 0.5, under: 0.04, over: 0 };
  return { x: (left + right + 1) / 2 / width, under: (bottom + 1) / height + 0.02, over: top / height - 0.02 };
}

// The units whose regions lie at a point of the photo (x, y in 0-1), strongest first.
function unitsAt(grey, { width, height, items }, x, y) {
  const pixel = Math.floor(y * height) * width + Math.floor(x * width);
  return items.map((item, i) => ({ item, level: item.kind === "unit" && item.valid ? grey[i][pixel] : 0 }))
    .filter(({ level }) => level >= 128).sort((a, b) => b.level - a.level).map(({ item }) => item);
}

function drawMap(context, grey, { width, height, signed }) {
  context.imageSmoothingQuality = "high";
  context.drawImage(coloured(grey, width, height, signed), 0, 0, PHOTO, PHOTO);
  context.save();
  context.scale(PHOTO / width, PHOTO / height);
  context.lineWidth = (2.5 * width) / PHOTO;
  context.strokeStyle = "#ffffff";
  context.stroke(contour(grey, width, height, signed ? 191.25 : 127.5));
  if (signed) {
    context.setLineDash([4 * context.lineWidth, 3 * context.lineWidth]);
    context.stroke(contour(grey, width, height, 63.75));
  }
  context.restore();
}

// The outline of a map at half its height, dashed: yellow on black, so that it shows on any face.
function drawOutline(context, grey, { width, height }) {
  const scale = PHOTO / width;
  const path = contour(grey, width, height, 127.5);
  context.save();
  context.scale(scale, PHOTO / height);
  for (const [colour, thick] of [["#101214", 6], ["#f0e442", 3]]) {
    context.lineWidth = thick / scale;
    context.strokeStyle = colour;
    context.setLineDash([12 / scale, 10 / scale]);
    context.stroke(path);
  }
  context.restore();
}

// Landmarks as they were read (dots) and as they are (rings), each pair joined.
function drawTruth(context, readPoints, truePoints) {
  const pairs = readPoints.map(([x, y], i) => [x, y, ...truePoints[i]].map((v) => v * PHOTO));
  const strokes = (colour, width, trace) => {
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.beginPath();
    for (const pair of pairs) trace(...pair);
    context.stroke();
  };
  const ring = (x, y, x1, y1) => { context.moveTo(x1 + 4, y1); context.arc(x1, y1, 4, 0, 7); };
  strokes("#101214", 4, ring);
  strokes("#ffffff", 2, ring);
  strokes("#ffffff", 1.5, (x, y, x1, y1) => { context.moveTo(x, y); context.lineTo(x1, y1); });
  context.fillStyle = "#0072b2";
  context.beginPath();
  for (const [x, y] of pairs) { context.moveTo(x, y); context.arc(x, y, 3, 0, 7); }
  context.fill();
}

function drawMesh(context, { points, edges, contours }) {
  const trace = (lines) => {
    context.beginPath();
    for (const line of lines) {
      line.forEach((id, i) => context[i ? "lineTo" : "moveTo"](points[id][0] * PHOTO, points[id][1] * PHOTO));
    }
    context.stroke();
  };
  context.lineJoin = "round";
  context.lineWidth = 1;
  context.strokeStyle = "rgb(255 255 255 / .6)";
  trace(edges);
  context.lineWidth = 3;
  context.strokeStyle = "#0072b2";
  trace(contours.map((loop) => [...loop, loop[0]]));
}
