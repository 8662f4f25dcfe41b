/**
 * Who decides, as AWS knows people: by an ARN. Separate because settings name people by patterns, approvals count them, and messages
 * show them, and all three must mean the same person.
 */

/**
 * The name of a person: the session of a role, or the user. INVARIANT: two roles with the same session name are one person, so that
 * nobody counts twice by changing roles.
 * Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-arns
 */
export function personOf(arn: string): string {
  return arn.split(/[:/]/).at(-1) ?? arn;
}

/** A person as people read it: `ann@example.com (role Leads)`, `ann`. */
export function describePerson(arn: string): string {
  const role = /^arn:[^:]*:sts::\d*:assumed-role\/([^/]+)\/./.exec(arn)?.[1];
  return role === undefined ? personOf(arn) : `${personOf(arn)} (role ${role})`;
}

/** What a group may name: ARNs of roles, of their sessions, of users; `*` stands for any characters. */
export const PRINCIPAL_PATTERN =
  /^(\*|arn:[a-z*][a-z0-9*-]*:(iam|sts)::(\d{12}|\*):(role|user|assumed-role|federated-user)\/\S{1,400})$/;

/**
 * Whether a pattern names this person. The ARN of a role names all of its sessions; its path is left out, because the ARN of a session
 * does not tell it.
 */
export function isNamedBy(pattern: string, arn: string): boolean {
  const [, partition, account, role] = /^arn:([^:]*):iam::([^:]*):role\/(.+)$/.exec(pattern) ?? [];
  const sessions =
    role === undefined
      ? pattern
      : `arn:${String(partition)}:sts::${String(account)}:assumed-role/${role.split('/').at(-1) ?? role}/*`;
  const expression = sessions.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`).replaceAll('*', '.*');
  return new RegExp(`^${expression}$`).test(arn);
}
