/** Numbers as C writes them. */

const PER_LINE = 20;

/** An array of constants that lies in read-only memory. */
export function arrayText(
  type: string,
  name: string,
  values: ArrayLike<number>,
  show: (value: number) => string = String,
): string {
  const lines: string[] = [];
  for (let i = 0; i < values.length; i += PER_LINE)
    lines.push(
      `  ${Array.from({ length: Math.min(PER_LINE, values.length - i) }, (_, k) => show(values[i + k]!)).join(', ')}`,
    );
  return `static const ${type} ${name}[${values.length}] = {\n${lines.join(',\n')}\n};`;
}

/** A literal of the same double. */
export function double(value: number): string {
  const text = String(value);
  return /[.e]/.test(text) ? text : `${text}.0`;
}
