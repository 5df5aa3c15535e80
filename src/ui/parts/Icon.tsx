/**
 * The acts that recur, each with one sign wherever it stands. Strokes in the colour of the text beside them, on a grid of
 * 16; hidden from screen readers, since the words of a button say what it does.
 */
const drawings = {
  play: 'M5 3.2v9.6L12.6 8Z',
  pause: 'M5.5 3.5v9M10.5 3.5v9',
  stop: 'M4 4h8v8H4Z',
  download: 'M8 2.5v7.5M4.8 7 8 10.2 11.2 7M3 13.3h10',
  upload: 'M8 10.5V3M4.8 6 8 2.8 11.2 6M3 13.3h10',
  folder: 'M2.5 12.5v-9h4l1.5 2h5.5v7Z',
  trash: 'M3 4.5h10M6 4.5V3h4v1.5M4.5 4.5l.5 8.5h6l.5-8.5M7 7v3.5M9 7v3.5',
  close: 'm4 4 8 8M12 4l-8 8',
  add: 'M8 3v10M3 8h10',
  undo: 'M3 6.5h6.5a3.2 3.2 0 0 1 0 6.4H6M5.8 3.5 3 6.5l2.8 3',
  redo: 'M13 6.5H6.5a3.2 3.2 0 0 0 0 6.4H10M10.2 3.5 13 6.5l-2.8 3',
  copy: 'M5.5 5.5v-3h8v8h-3M2.5 5.5h8v8h-8Z',
  share: 'M6.4 9.6 9.6 6.4M7 4.6l1.6-1.6a3 3 0 0 1 4.4 4.4L11.4 9M9 11.4 7.4 13A3 3 0 0 1 3 8.6L4.6 7',
  search: 'M7 2.8a4.2 4.2 0 1 0 0 8.4 4.2 4.2 0 0 0 0-8.4ZM10.2 10.2l3.3 3.3',
  chat: 'M2.5 3h11v8h-6L4.5 13.5V11h-2Z',
  send: 'M2.5 8 13.5 3l-4 10.5L7.5 9Z',
  open: 'm4 6 4 4 4-4',
  shut: 'm6 4 4 4-4 4',
  sun: 'M8 5.3a2.7 2.7 0 1 0 0 5.4 2.7 2.7 0 0 0 0-5.4ZM8 1.5v1.6M8 12.9v1.6M1.5 8h1.6M12.9 8h1.6M3.4 3.4l1.1 1.1M11.5 11.5l1.1 1.1M12.6 3.4l-1.1 1.1M4.5 11.5l-1.1 1.1',
  moon: 'M13 9.6A5.3 5.3 0 0 1 6.4 3a5.3 5.3 0 1 0 6.6 6.6Z',
  keyboard: 'M1.5 4h13v8h-13ZM4 6.5h.1M6.7 6.5h.1M9.3 6.5h.1M12 6.5h.1M5 9.5h6',
} as const;

export type IconName = keyof typeof drawings;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg width="16" height="16" viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      <path
        d={drawings[name]}
        fill="none"
        stroke="currentColor"
        strokeWidth="1.5"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
    </svg>
  );
}
