/** Words on the page. The msgids are English; the build puts the catalogue's words in their place. */

export type Values = Readonly<Record<string, string | number>>;

function fill(text: string, values: Values): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

/** `t("Raise hand")`, `t("{name} is on stage", { name })`. The msgid must be a literal in double quotes. */
export function t(msgid: string, values: Values = {}): string {
  return fill(msgid, values);
}

/** `tn("{n} class", "{n} classes", count)`: both literals in double quotes, `{n}` is the count. */
export function tn(one: string, many: string, n: number, values: Values = {}): string {
  return fill(n === 1 ? one : many, { n, ...values });
}
