import { Fragment } from 'react';

/** A dotted name, which breaks after its dots and underscores where it is too long for its place. */
export const Breakable = ({ name }: { name: string }) => (
  <span className="mono">
    {name.split(/(?<=[._])/).map((part) => (
      <Fragment key={part}>
        {part}
        <wbr />
      </Fragment>
    ))}
  </span>
);
