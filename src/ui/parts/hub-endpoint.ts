/** Where models are published. */
export const publicHub = 'https://huggingface.co';

export const hostOf = (endpoint: string): string => (URL.canParse(endpoint) ? new URL(endpoint).host : endpoint);
