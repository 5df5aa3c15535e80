/** owner/name, as the Hub takes them. */
export const isRepositoryName = (text: string): boolean => /^[\w.-]+\/[\w.-]+$/.test(text);

/** What a card calls the repository before it has a name: the folder of a download. */
export const unnamed = 'path/to/this/folder';

/** A card with another name of its repository, where its code loads that. timm tells a folder from a repository. */
export function renamed(card: string, from: string, to: string): string {
  const escaped = from.replaceAll('.', '\\.');
  return card
    .replaceAll(`local-dir:${from}"`, `hf-hub:${to}"`)
    .replace(new RegExp(`(?<![\\w-])${escaped}(?=[":])`, 'g'), to);
}

/** The shortest lines that load what lies there, in a form; none where it takes more than a line or two. */
export function loadingLines(target: string, id: string): string[] {
  switch (target) {
    case 'peft':
    case 'lora':
      return ['from peft import PeftModel', `model = PeftModel.from_pretrained(base, "${id}")`];
    case 'merged':
      return ['from transformers import AutoModelForCausalLM', `model = AutoModelForCausalLM.from_pretrained("${id}")`];
    case 'gguf-q8':
    case 'gguf-q4':
    case 'gguf-f16':
    case 'gguf-bf16': {
      const type = { 'gguf-q8': 'Q8_0', 'gguf-q4': 'Q4_K_M', 'gguf-f16': 'F16', 'gguf-bf16': 'BF16' }[target];
      return [`ollama run hf.co/${id}:${type}`, `llama-cli -hf ${id}:${type}`];
    }
    default:
      return [`hf download ${id}`];
  }
}
