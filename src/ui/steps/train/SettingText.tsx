import { useWords } from '../../context.tsx';
import { useFormat } from '../../use-format.ts';
import { Breakable } from './Breakable.tsx';
import styles from './compare.module.css';
import type { SettingValue } from './differing-settings.ts';

/** Entries of a list that stand there without opening it. */
const few = 4;

/** What a run has of a setting, in full; of a long list first what other runs lack, and the rest in a fold. */
export function SettingText({ value }: { value: SettingValue }) {
  const words = useWords();
  const format = useFormat();
  if ('text' in value) return <span className="mono">{value.text}</span>;
  const { items, own, shared } = value;
  if (items.length <= few) return <Items items={items} />;
  return (
    <>
      <Items items={own.slice(0, few)} />
      {shared > 0 && own.length <= few && <span className="soft">{words.compare.shared(format.count(shared))}</span>}
      <details>
        <summary>{words.compare.more(format.count(items.length))}</summary>
        <Items items={items} />
      </details>
    </>
  );
}

const Items = ({ items }: { items: readonly string[] }) =>
  items.length === 0 ? null : (
    <ul className={styles.items}>
      {items.map((item) => (
        <li key={item}>
          <Breakable name={item} />
        </li>
      ))}
    </ul>
  );
