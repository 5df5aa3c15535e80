import { useStudio, useWords } from '../../context.tsx';
import { Section } from '../../parts/Section.tsx';
import { useFormat } from '../../use-format.ts';
import styles from './data.module.css';

/** How many rows each class has: a model learns little of a class that it hardly meets. */
export function ClassBalance() {
  const words = useWords();
  const format = useFormat();
  const classes = useStudio((state) => state.dataPreview.value?.classes ?? null);
  if (!classes || classes.length === 0) return null;
  const total = classes.reduce((sum, { count }) => sum + count, 0);
  const most = Math.max(1, ...classes.map(({ count }) => count));
  return (
    <Section title={words.labels.classes} note={words.labels.classesNote(format.count(classes.length))}>
      <dl className={styles.classes} data-testid="classes">
        {classes.map(({ name, count }) => (
          <div key={name} className={styles.class}>
            <dt>{name}</dt>
            <dd>
              <span className={styles.classBar} style={{ width: `${(100 * count) / most}%` }} aria-hidden="true" />
              <span className="figures">
                {words.labels.classCount(format.count(count), format.percent(count / Math.max(1, total)))}
              </span>
            </dd>
          </div>
        ))}
      </dl>
    </Section>
  );
}
