/** jinja2 would raise here, or the template asks for something that is not known. */
export class TemplateError extends Error {}

/** The template's own `raise_exception`. */
export class RaisedError extends TemplateError {}

export const unsupported = (what: string): TemplateError =>
  new TemplateError(`it uses ${what}, which is not supported`);
