/**
 * How secrets are called: an ARN ends with six characters that AWS adds to the name, and policies are matched with them. Separate
 * because the service answers with ARNs and the policies ask about them.
 *
 * Source: https://docs.aws.amazon.com/secretsmanager/latest/userguide/whats-in-a-secret.html
 */
import { createHash } from 'node:crypto';

/** The last part of a secret's ARN; the same in every run. */
export function secretResource(name: string): string {
  const suffix = createHash('sha256').update(name).digest('base64').replaceAll(/[+/]/g, '').slice(0, 6);
  return `secret:${name}-${suffix}`;
}

/** The name of a secret that is given by its name, its ARN, or its ARN without what AWS added. */
export function secretName(id: string): string {
  const name = id.startsWith('arn:') ? id.split(':').slice(6).join(':') : id;
  const plain = name.slice(0, -7);
  return secretResource(plain) === `secret:${name}` ? plain : name;
}
