import { type DragEvent, useState } from 'react';
import { droppedFiles, type NamedFile } from './dropped-files.ts';

/** What makes an element a place to drop files or folders; `data-over` while they are held over it. */
export function useDrop(onFiles: (files: readonly NamedFile[]) => void) {
  const [over, setOver] = useState(false);
  return {
    'data-over': over,
    'data-testid': 'drop-zone',
    onDragOver(event: DragEvent) {
      event.preventDefault();
      setOver(true);
    },
    onDragLeave: () => setOver(false),
    onDrop(event: DragEvent) {
      event.preventDefault();
      setOver(false);
      void droppedFiles(event.dataTransfer).then((files) => files.length > 0 && onFiles(files));
    },
  };
}
