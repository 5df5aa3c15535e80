import { type ReactNode, useState } from 'react';
import { droppedFiles, type NamedFile } from './dropped-files.ts';
import styles from './parts.module.css';

interface Props {
  readonly title: string;
  readonly text: string;
  readonly onFiles: (files: readonly NamedFile[]) => void;
  /** Buttons that do the same without a mouse. */
  readonly children: ReactNode;
}

/** A place to drop files or folders. */
export function DropZone({ title, text, onFiles, children }: Props) {
  const [over, setOver] = useState(false);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping needs a mouse; the buttons inside do the same by keyboard
    <div
      className={styles.drop}
      data-over={over}
      data-testid="drop-zone"
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        void droppedFiles(event.dataTransfer).then((files) => files.length > 0 && onFiles(files));
      }}
    >
      <div className={styles.dropTitle}>{title}</div>
      <div className={styles.dropText}>{text}</div>
      <div className={styles.row}>{children}</div>
    </div>
  );
}
