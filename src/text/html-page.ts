/** HTML that is put together as a string. */
import { escapeHtml } from './neutral.ts';

export interface HtmlDocument {
  readonly title: string;
  /** Content security policy. */
  readonly policy: string;
  /** Lines of the head beside title and policy, as HTML; so is the body. */
  readonly head: readonly string[];
  readonly body: string;
}

/** A whole page. Title and policy are escaped here. */
export function htmlDocument({ title, policy, head, body }: HtmlDocument): string {
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${escapeHtml(policy)}">
<title>${escapeHtml(title)}</title>
${head.join('\n')}
</head>
<body>
${body}
</body>
</html>
`;
}
