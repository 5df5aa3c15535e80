/** Milliseconds in which a step that is not loaded yet is drawn. */
const patience = 3000;

/** Gives the focus to what a selector names as soon as it is drawn and seen, unless something else took it meanwhile. */
export function focusSoon(selector: string): void {
  const began = performance.now();
  const look = () => {
    const { activeElement, body } = document;
    const isFree = activeElement === null || activeElement === body || activeElement.matches('main, main button');
    const found = document.querySelector<HTMLElement>(selector);
    if (found?.checkVisibility() && isFree) found.focus();
    else if (isFree && performance.now() - began < patience) requestAnimationFrame(look);
  };
  // After the step has been drawn at its top.
  requestAnimationFrame(look);
}
