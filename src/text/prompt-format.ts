/** How what is asked becomes the text that a model answers, said for people and for other programs. */
export interface PromptFormat {
  /** `chat`: the model's own chat template; else the name of a fixed one, or `text` where nothing is written around it. */
  readonly template: 'chat' | 'alpaca' | 'h2o' | 'custom' | 'text';
  /** What fills it, such as `prompt`: each stands in braces in `pieces` and `text`. */
  readonly blanks: readonly string[];
  /**
   * Texts that are tokenised apart, one after the other, without special tokens of the tokenizer's own; null is the
   * end-of-text token. Empty under `chat`.
   */
  readonly pieces: readonly (string | null)[];
  /** The whole of it; null where the chat template refuses so plain a conversation. */
  readonly text: string | null;
  /** What is asked: the whole message of the user under `chat`. */
  readonly message: string;
  /** The name of the blank that the system text fills. */
  readonly system: string | null;
  /** The token that ends an answer. */
  readonly end: string | null;
}
