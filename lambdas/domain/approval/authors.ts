/**
 * Who made a commit, as far as it is known, and whether somebody is one of them. Separate because two sources are compared that are not
 * equally good: who pushed is told by AWS; what stands in the commit is whatever its author wrote there.
 */
import { describePerson, personOf } from './person.ts';

export interface Authors {
  /** ARNs of everybody who pushed or merged the commit, as branch events told. */
  readonly pushers: readonly string[];
  /** Addresses of author and committer in the commit. */
  readonly emails: readonly string[];
}

/** Why this person counts as an author; undefined when nothing says so. */
export function authorship(authors: Authors, arn: string): string | undefined {
  const person = personOf(arn).toLowerCase();
  const pusher = authors.pushers.find((pushed) => personOf(pushed).toLowerCase() === person);
  if (pusher !== undefined) return `${describePerson(pusher)} pushed it`;
  const email = authors.emails.find((address) =>
    [address, address.split('@')[0]].some((name) => name?.toLowerCase() === person),
  );
  return email === undefined ? undefined : `its author or committer is ${email}`;
}
