import { Collapse, PasswordInput, TextInput, UnstyledButton } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useState } from 'react';
import { useWords } from '../context.tsx';
import { hostOf, publicHub } from './hub-endpoint.ts';
import parts from './parts.module.css';

interface HubFields {
  readonly id: string;
  readonly revision: string;
  readonly endpoint: string;
  readonly token: string;
}

type Change = (key: keyof HubFields) => (event: { currentTarget: { value: string } }) => void;

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

interface Props {
  readonly form: HubFields;
  readonly change: Change;
  /** Of the fields, so that two such forms can be told apart. */
  readonly testId: string;
}

interface NameProps extends Props {
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

/** Whom the page will talk to; revision, endpoint and token unfold. */
export function HubAccess({ form, change, testId }: Props) {
  const words = useWords().model;
  const [more, { toggle }] = useDisclosure(false);
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
      <Collapse expanded={more}>
        <div className={parts.hubMore}>
          <TextInput
            label={words.hubRevision}
            description={words.hubRevisionHint}
            value={form.revision}
            onChange={change('revision')}
          />
          <TextInput
            label={words.hubEndpoint}
            description={words.hubEndpointHint}
            value={form.endpoint}
            onChange={change('endpoint')}
            data-testid={`${testId}-endpoint`}
          />
          <PasswordInput
            label={words.hubToken}
            description={words.hubTokenHint}
            value={form.token}
            onChange={change('token')}
            autoComplete="off"
            data-testid={`${testId}-token`}
          />
        </div>
      </Collapse>
    </>
  );
}
