/** The shop as a page: who serves it, and the chain of services behind it. Everything shown is escaped. */

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escaped(text: unknown): string {
  return String(text).replace(/[&<>"']/g, (character) => ESCAPES[character] ?? character);
}

/** One link of the chain, as every service of the shop describes itself. */
interface Link {
  readonly service?: unknown;
  readonly environment?: unknown;
  readonly commit?: unknown;
  readonly unreachable?: unknown;
  readonly calls?: Readonly<Record<string, Link>>;
}

/** The whole page for the answer that `/` gives as JSON. */
export function page(answer: Link): string {
  const title = `${escaped(answer.service)} in ${escaped(answer.environment)}`;
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8"><title>${title}</title>
<style>body{font:16px/1.5 system-ui;margin:3rem auto;max-width:40rem}li{margin:.4rem 0}code{background:#eee;padding:.1em .3em}</style>
<h1>${title}</h1>
${chain(answer)}
</html>
`;
}

function chain(link: Link): string {
  const calls = Object.entries(link.calls ?? {}).map(([name, called]) =>
    called.unreachable === undefined
      ? `<li>calls ${chain(called)}</li>`
      : `<li>calls <b>${escaped(name)}</b>, which does not answer: ${escaped(called.unreachable)}</li>`,
  );
  const self = `<b>${escaped(link.service)}</b> of <b>${escaped(link.environment)}</b> at <code>${escaped(link.commit)}</code>`;
  return calls.length === 0 ? self : `${self}<ul>${calls.join('')}</ul>`;
}
