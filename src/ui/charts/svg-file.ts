/** What a drawing takes from the page's own style, which a file by itself lacks. */
const looks = ['fill', 'stroke', 'font-family', 'font-size', 'opacity'] as const;

/** A drawing of the page as a file of its own, in the colours that it is shown in. */
export function svgText(drawing: SVGSVGElement): string {
  const copy = drawing.cloneNode(true) as SVGSVGElement;
  const originals = [drawing, ...drawing.querySelectorAll('*')];
  for (const [index, element] of [copy, ...copy.querySelectorAll('*')].entries()) {
    const style = getComputedStyle(originals[index]!);
    for (const look of looks) element.setAttribute(look, style.getPropertyValue(look));
    element.removeAttribute('class');
    element.removeAttribute('style');
  }
  copy.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  const ground = document.createElementNS('http://www.w3.org/2000/svg', 'rect');
  const paper = getComputedStyle(document.body).backgroundColor;
  for (const [name, value] of [['width', '100%'], ['height', '100%'], ['fill', paper]] as const) // biome-ignore format: pairs
    ground.setAttribute(name, value);
  copy.prepend(ground);
  return new XMLSerializer().serializeToString(copy);
}
