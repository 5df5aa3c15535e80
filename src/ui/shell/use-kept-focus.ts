import { useEffect } from 'react';

/**
 * Where the element that has the focus goes away, its place in the page keeps it: in a list or table the next item, else
 * the section, dialog or step that held it. Without this the next Tab would begin at the top of the page.
 */
export function useKeptFocus(): void {
  useEffect(() => {
    let kept: Kept | null = null;
    const onFocus = ({ target }: FocusEvent) => {
      kept = target instanceof HTMLElement ? keptOf(target) : null;
    };
    // Left by hand, unlike one that was taken away: that is told once it is out of the document.
    const onBlur = ({ target }: FocusEvent) =>
      queueMicrotask(() => {
        if (kept?.element === target && isSeen(kept?.element)) kept = null;
      });
    const observer = new MutationObserver((changes) => {
      const isHidden = () => changes.some(({ type }) => type === 'attributes') && !isSeen(kept?.element);
      if (kept === null || (kept.element.isConnected && !isHidden())) return;
      const lost = kept;
      kept = null;
      // Whoever wants the focus elsewhere has its turn first.
      requestAnimationFrame(() => {
        const { activeElement, body } = document;
        if (activeElement === null || activeElement === body || activeElement === lost.element) focusNear(lost);
      });
    });
    observer.observe(document.body, {
      childList: true,
      subtree: true,
      attributes: true,
      attributeFilter: ['hidden', 'data-shown'],
    });
    document.addEventListener('focusin', onFocus);
    document.addEventListener('focusout', onBlur);
    return () => {
      observer.disconnect();
      document.removeEventListener('focusin', onFocus);
      document.removeEventListener('focusout', onBlur);
    };
  }, []);
}

interface Kept {
  readonly element: HTMLElement;
  /** From the nearest outwards: an element that was taken out no longer says where it was. */
  readonly around: readonly HTMLElement[];
  /** In a list or table its item, those after it and those before it, the nearest first. */
  readonly items: readonly Element[];
  /** Which it is of what can have the focus in its item. */
  readonly place: number;
}

const isSeen = (element?: HTMLElement): boolean => element?.checkVisibility({ visibilityProperty: true }) ?? false;

const item = 'li, tr';
const focusable = 'a[href], button, input:not([type="hidden"]), select, textarea, [tabindex="0"]';
const holder = 'section[aria-label], [role="dialog"], aside, main';

function keptOf(element: HTMLElement): Kept {
  const around: HTMLElement[] = [];
  for (let at = element.parentElement; at; at = at.parentElement) around.push(at);
  const own = element.closest(item);
  return {
    element,
    around,
    items: own ? [own, ...beside(own, 'nextElementSibling'), ...beside(own, 'previousElementSibling')] : [],
    place: own ? [...own.querySelectorAll(focusable)].indexOf(element) : -1,
  };
}

function beside(own: Element, way: 'nextElementSibling' | 'previousElementSibling'): Element[] {
  const found: Element[] = [];
  for (let at = own[way]; at; at = at[way]) found.push(at);
  return found;
}

function focusNear({ items, around, place }: Kept): void {
  const near = items.find((each) => each.isConnected);
  const inNear = near ? [...near.querySelectorAll<HTMLElement>(focusable)] : [];
  const target = inNear[place] ?? inNear[0] ?? around.find((each) => each.isConnected && each.matches(holder));
  const home = isSeen(target) ? target : document.querySelector<HTMLElement>('main');
  if (!home) return;
  if (!home.matches(focusable) && !home.hasAttribute('tabindex')) home.tabIndex = -1;
  home.focus({ preventScroll: true });
}
