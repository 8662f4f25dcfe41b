/** Notices on an SNS topic, to which Amazon Q Developer and people subscribe. */
import { PublishCommand, type SNSClient } from '@aws-sdk/client-sns';
import type { Notices } from '../../ports/notices.ts';
import { translated } from '../aws/translate-error.ts';

/** Notices on this topic. */
export function snsNotices(client: SNSClient, topicArn: string): Notices {
  return {
    async publish(notice) {
      await translated('Publishing a notice', () =>
        client.send(new PublishCommand({ TopicArn: topicArn, Message: JSON.stringify(notice) })),
      );
    },
  };
}
