/** What a form that names a thing of the Hub holds. */
export interface HubFields {
  readonly id: string;
  readonly revision: string;
  readonly endpoint: string;
  readonly token: string;
}

export type Change = (key: keyof HubFields) => (event: { currentTarget: { value: string } }) => void;

export interface HubFormProps {
  readonly form: HubFields;
  readonly change: Change;
  /** Of the fields, so that two such forms can be told apart. */
  readonly testId: string;
}
