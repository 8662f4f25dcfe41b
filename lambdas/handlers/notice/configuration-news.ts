/** A change of the configuration that was taken back by itself, as its layer keeps it. Separate because it is about no delivery. */
import type { TakenBack } from '../../contracts/payloads.ts';
import { takenBackMessage } from '../../domain/notice/configuration-messages.ts';
import type { Message } from '../../domain/notice/notice.ts';
import type { NoticePorts } from './notice-ports.ts';

/** The message; undefined when the layer is forgotten, because its environment is gone. */
export async function configurationNews(
  { layers }: NoticePorts,
  { layer, service, bad, instead, because }: TakenBack,
): Promise<Message | undefined> {
  const [version, holds] = await Promise.all([
    layers.version(layer, service, bad),
    layers.version(layer, service, instead),
  ]);
  return version === undefined || holds === undefined ? undefined : takenBackMessage({ bad: version, holds, because });
}
