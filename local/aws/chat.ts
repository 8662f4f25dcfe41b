/**
 * What Amazon Q Developer in chat applications makes of a message on a topic: custom notifications of the documented shape are
 * shown, everything else is dropped. Separate because the rules are the chat service's, not SNS's.
 * Shape: https://docs.aws.amazon.com/chatbot/latest/adminguide/custom-notifs.html
 */
import type { Input } from './api.ts';

const isText = (value: unknown, most: number): boolean =>
  typeof value === 'string' && value.length > 0 && value.length <= most;
const isTexts = (value: unknown): boolean => Array.isArray(value) && value.every((item) => typeof item === 'string');
const isMap = (value: unknown): value is Input => typeof value === 'object' && value !== null && !Array.isArray(value);

const contentFields: Readonly<Record<string, (value: unknown) => boolean>> = {
  textType: (value) => value === 'client-markdown',
  title: (value) => isText(value, 250),
  description: (value) => isText(value, 8000),
  nextSteps: isTexts,
  keywords: isTexts,
};
const metadataFields: Readonly<Record<string, (value: unknown) => boolean>> = {
  threadId: (value) => typeof value === 'string',
  summary: (value) => typeof value === 'string',
  eventType: (value) => typeof value === 'string',
  relatedResources: isTexts,
  additionalContext: (value) => isMap(value) && Object.values(value).every((inner) => typeof inner === 'string'),
  enableCustomActions: (value) => typeof value === 'boolean',
};

/** The message as people see it; or why the chat service would drop it. */
export function chatMessage(message: string): { readonly shown: string } | { readonly dropped: string } {
  let parsed: unknown;
  try {
    parsed = JSON.parse(message);
  } catch {
    return { dropped: 'it is not JSON' };
  }
  if (!isMap(parsed)) return { dropped: 'it is not a JSON object' };
  const { version, source, id, content, metadata = {}, ...others } = parsed;
  if (version !== '1.0') return { dropped: 'version is not "1.0"' };
  if (source !== 'custom') return { dropped: 'source is not "custom"' };
  if (id !== undefined && typeof id !== 'string') return { dropped: 'id is not text' };
  if (!isMap(content) || !isMap(metadata)) return { dropped: 'content or metadata is not an object' };
  if (content['description'] === undefined) return { dropped: 'content.description is missing' };
  for (const [part, fields, rules] of [
    ['content', content, contentFields],
    ['metadata', metadata, metadataFields],
    ['message', others, {}],
  ] as const)
    for (const [name, value] of Object.entries(fields)) {
      const rule = (rules as typeof contentFields)[name];
      if (!rule) return { dropped: `${part}.${name} is not part of the documented shape` };
      if (!rule(value)) return { dropped: `${part}.${name} has a value that is not allowed` };
    }
  const {
    title,
    description,
    nextSteps = [],
    keywords = [],
  } = content as { title?: string; description: string; nextSteps?: string[]; keywords?: string[] };
  const thread = typeof metadata['threadId'] === 'string' ? `[thread ${metadata['threadId']}] ` : '';
  const lines = [`${thread}${title ?? ''}`.trim(), description, ...nextSteps.map((step) => `  → ${step}`)];
  if (keywords.length > 0) lines.push(`  ${keywords.map((word) => `#${word}`).join(' ')}`);
  return { shown: lines.filter(Boolean).join('\n') };
}
