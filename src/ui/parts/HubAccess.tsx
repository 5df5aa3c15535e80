import { TextInput, UnstyledButton } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { Suspense, useState } from 'react';
import { useWords } from '../context.tsx';
import { hostOf, publicHub } from './hub-endpoint.ts';
import type { Change, HubFields, HubFormProps } from './hub-fields.ts';
import { lazyPart } from './lazy-part.tsx';
import parts from './parts.module.css';

/** What names a thing of the Hub, or of a server that speaks its paths. `onChange` is told of every change. */
export function useHubForm(onChange: () => void) {
  const [form, setForm] = useState<HubFields>({ id: '', revision: 'main', endpoint: publicHub, token: '' });
  const change: Change = (key) => (event) => {
    const { value } = event.currentTarget;
    setForm((before) => ({ ...before, [key]: value }));
    onChange();
  };
  return {
    form,
    change,
    id: form.id.trim(),
    revision: form.revision.trim() || 'main',
    access: { endpoint: form.endpoint.trim(), ...(form.token ? { token: form.token } : {}) },
  };
}

interface NameProps extends HubFormProps {
  readonly label: string;
  readonly description: string;
}

/** The name of what is to be opened. */
export function HubName({ label, description, form, change, testId }: NameProps) {
  return (
    <TextInput
      label={label}
      description={description}
      value={form.id}
      onChange={change('id')}
      classNames={{ input: 'mono' }}
      autoComplete="off"
      spellCheck={false}
      data-testid={`${testId}-id`}
    />
  );
}

// Folded, and so not on the first screen.
const HubFieldsMore = lazyPart(async () => (await import('./HubFieldsMore.tsx')).HubFieldsMore);

/** Whom the page will talk to; revision, endpoint and token unfold. */
export function HubAccess({ form, change, testId }: HubFormProps) {
  const words = useWords().model;
  const [more, { toggle }] = useDisclosure(false);
  const [opened, setOpened] = useState(false);
  if (more && !opened) setOpened(true);
  return (
    <>
      <p className={parts.hubNote}>
        {words.hubTalks(hostOf(form.endpoint))}{' '}
        <UnstyledButton
          fz="inherit"
          td="underline"
          aria-expanded={more}
          onClick={toggle}
          data-testid={`${testId}-more`}
        >
          {words.hubMore}
        </UnstyledButton>
      </p>
      <Suspense fallback={null}>
        {opened && (
          <div hidden={!more}>
            <HubFieldsMore form={form} change={change} testId={testId} />
          </div>
        )}
      </Suspense>
    </>
  );
}
