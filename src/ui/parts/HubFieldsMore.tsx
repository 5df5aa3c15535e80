import { PasswordInput, TextInput } from '@mantine/core';
import { useWords } from '../context.tsx';
import type { HubFormProps } from './hub-fields.ts';
import parts from './parts.module.css';

/** Revision, endpoint and token of what is to be opened. */
export function HubFieldsMore({ form, change, testId }: HubFormProps) {
  const words = useWords().model;
  return (
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
  );
}
