/** A picture to take away: what is drawn, with its title, what its colours mean, its source and its date. */
import { saved } from "../save";
import type { Colours } from "./colours";

/** What a colour or a pattern stands for: a line, dashed or not, or an `area`. */
export type Key = { name: string; colour: string; dash?: string; area?: boolean };
export type Caption = { title: string; keys: Key[]; notes: string[] };

const SVG = "http://www.w3.org/2000/svg";
const MARGIN = 20;
const FAMILY = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Liberation Sans', Arial, sans-serif";
/** Pixels of a PNG for each of the drawing's. */
const FINE = 2;

/** The drawing as a document of its own: no style sheet, no script, no font that has to be fetched. */
export function composed(drawn: SVGSVGElement, { title, keys, notes }: Caption, colours: Colours): SVGSVGElement {
  const width = Number(drawn.getAttribute("width")) || drawn.viewBox.baseVal.width;
  const height = Number(drawn.getAttribute("height")) || drawn.viewBox.baseVal.height;
  const whole = document.createElementNS(SVG, "svg");
  let y = MARGIN;
  const write = (text: string, size: number, fill: string, bold: boolean, x = MARGIN) => {
    const written = document.createElementNS(SVG, "text");
    written.setAttribute("x", String(x));
    written.setAttribute("y", String(y + size));
    written.setAttribute("fill", fill);
    written.setAttribute("font-size", String(size));
    if (bold) written.setAttribute("font-weight", "700");
    written.textContent = text;
    whole.append(written);
  };
  const paragraph = (text: string, size: number, fill: string, bold: boolean) => {
    for (const line of wrapped(text, Math.floor(width / (size * 0.55)))) {
      write(line, size, fill, bold);
      y += size * 1.35;
    }
  };
  paragraph(title, 17, colours.ink, true);
  y += 6;
  for (const { name, colour, dash, area } of keys) {
    const shape = document.createElementNS(SVG, area ? "rect" : "line");
    const place = area
      ? { x: MARGIN, y: y + 3, width: 22, height: 12, fill: colour, stroke: colours.quiet, "stroke-width": 0.5 }
      : {
          x1: MARGIN,
          x2: MARGIN + 22,
          y1: y + 9,
          y2: y + 9,
          stroke: colour,
          "stroke-width": 5,
          "stroke-dasharray": dash ?? "",
        };
    for (const [attribute, value] of Object.entries(place)) shape.setAttribute(attribute, String(value));
    whole.append(shape);
    write(name, 13, colours.ink, false, MARGIN + 30);
    y += 19;
  }
  y += 6;
  const inner = drawn.cloneNode(true) as SVGSVGElement;
  inner.setAttribute("x", String(MARGIN));
  inner.setAttribute("y", String(y));
  inner.setAttribute("width", String(width));
  inner.setAttribute("height", String(height));
  inner.removeAttribute("tabindex");
  whole.append(inner);
  y += height + 10;
  for (const note of notes) paragraph(note, 12, colours.quiet, false);
  const size = [width + 2 * MARGIN, y + MARGIN - 6];
  const ground = document.createElementNS(SVG, "rect");
  ground.setAttribute("width", String(size[0]));
  ground.setAttribute("height", String(size[1]));
  ground.setAttribute("fill", colours.paper);
  whole.prepend(ground);
  for (const [attribute, value] of Object.entries({
    xmlns: SVG,
    width: size[0],
    height: size[1],
    viewBox: `0 0 ${size.join(" ")}`,
    "font-family": FAMILY,
    role: "img",
    "aria-label": title,
  }))
    whole.setAttribute(attribute, String(value));
  return whole;
}

const textOf = (picture: SVGSVGElement): string => new XMLSerializer().serializeToString(picture);

export function saveSvg(name: string, picture: SVGSVGElement): void {
  saved(`${name}.svg`, new Blob([textOf(picture)], { type: "image/svg+xml" }));
}

/** Rejects where the browser cannot draw it. */
export async function savePng(name: string, picture: SVGSVGElement): Promise<void> {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(textOf(picture))}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = image.width * FINE;
  canvas.height = image.height * FINE;
  canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
  const content = await new Promise<Blob | null>((done) => canvas.toBlob(done, "image/png"));
  if (!content) throw new Error("The picture is too large for this browser.");
  saved(`${name}.png`, content);
}

/** Lines of at most so many letters, broken between words. */
function wrapped(text: string, letters: number): string[] {
  const lines: string[] = [""];
  for (const word of text.split(" ")) {
    const last = lines.at(-1) ?? "";
    if (last && last.length + word.length + 1 > letters) lines.push(word);
    else lines[lines.length - 1] = last ? `${last} ${word}` : word;
  }
  return lines;
}
