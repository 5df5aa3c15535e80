import { useElementSize } from '@mantine/hooks';
import { type ReactNode, useRef } from 'react';
import { SaveButton } from '../parts/buttons.tsx';
import { saveDownload } from '../save-download.ts';
import styles from './charts.module.css';
import { svgText } from './svg-file.ts';

interface Props {
  readonly title: string;
  /** What is to be seen, in words: shown below the drawing. */
  readonly text: string;
  /** Of the files, without an ending. */
  readonly fileName: string;
  readonly height: number;
  readonly testId: string;
  csv(): string;
  /** The drawing, in CSS pixels. */
  children(width: number): ReactNode;
}

/** A drawing with its meaning in words and its figures as a file; it can be saved as it is seen, too. */
export function SvgFigure({ title, text, fileName, height, testId, csv, children }: Props) {
  const { ref, width } = useElementSize();
  const drawing = useRef<SVGSVGElement>(null);
  const save = (ending: string, type: string, written: string) =>
    saveDownload({ fileName: `${fileName}.${ending}`, blob: new Blob([written], { type }) });
  return (
    <section className={styles.drawn} aria-label={title} data-testid={testId}>
      <div ref={ref}>
        <svg ref={drawing} className={styles.drawing} width={width} height={height} aria-hidden="true">
          {width > 0 && children(width)}
        </svg>
      </div>
      <div className={styles.words}>
        <span>{text}</span>
        <SaveButton format="CSV" onClick={() => save('csv', 'text/csv', csv())} />
        <SaveButton
          format="SVG"
          onClick={() => drawing.current && save('svg', 'image/svg+xml', svgText(drawing.current))}
        />
      </div>
    </section>
  );
}
