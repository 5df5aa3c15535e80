import type { Language } from '../store.ts';
import { en, type Messages } from './en.ts';
import { ja } from './ja.ts';

export type { Messages };

export const messages: Readonly<Record<Language, Messages>> = { en, ja };
