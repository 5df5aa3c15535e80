import { Button } from '@mantine/core';
import type { DataSummary } from '../../worker/protocol.ts';
import { useStudio, useWords } from '../context.tsx';
import { BlobImage } from '../parts/BlobImage.tsx';
import parts from '../parts/parts.module.css';
import { Facts, Section } from '../parts/Section.tsx';
import { useFormat } from '../use-format.ts';
import styles from './pictures.module.css';

interface Props {
  readonly summary: DataSummary;
  readonly pictures: NonNullable<DataSummary['pictures']>;
  readonly onAnother: () => void;
}

/** The open pictures: how many of each class, and a look at some. */
export function PictureFacts({ summary, pictures, onAnother }: Props) {
  const words = useWords();
  const format = useFormat();
  const preview = useStudio((state) => state.dataPreview.value);
  const { classes, samples } = pictures;
  const most = Math.max(...classes.map(({ count }) => count));
  const split =
    preview && !preview.problem
      ? words.pictures.splitCounts(format.count(preview.trainingRows), format.count(preview.validationRows))
      : words.unknown;
  return (
    <>
      <section className={parts.panel} aria-label={words.pictures.openTitle} data-testid="opened-data">
        <div className={parts.sectionHead}>
          <h2>{summary.name}</h2>
          <Button variant="default" size="compact-sm" ml="auto" onClick={onAnother}>
            {words.pictures.another}
          </Button>
        </div>
        <Facts
          facts={[
            [words.pictures.count, format.count(summary.rowCount)],
            [words.pictures.classes, format.count(classes.length)],
            [words.pictures.split, split],
          ]}
        />
      </section>
      <Section title={words.pictures.classTitle}>
        <ul className={styles.classes} data-testid="picture-classes">
          {classes.map(({ name, count }) => (
            <li key={name}>
              <span className={styles.name}>{name}</span>
              <span className={styles.bar} style={{ width: `${(60 * count) / most}%` }} />
              <span className="figures">{words.pictures.perClass(format.count(count))}</span>
            </li>
          ))}
        </ul>
      </Section>
      <Section title={words.pictures.samples}>
        <ul className={styles.samples} data-testid="picture-samples">
          {samples.map(({ path, label, blob }) => (
            <li key={path}>
              <BlobImage blob={blob} alt="" />
              <span>{label}</span>
            </li>
          ))}
        </ul>
      </Section>
    </>
  );
}
