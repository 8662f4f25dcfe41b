/**
 * Lets any port fail on purpose: before its effect (it did not happen) or after it (it happened and the answer was lost).
 * Separate from the fakes so that every one of them can be broken in the same way.
 */

/** Asked before and after every call; throwing is how a test breaks it. */
export interface Faults {
  before?(call: string): void;
  after?(call: string): void;
}

/** The port with every call passing through the faults; `name.method` is what they are asked about. */
export function breakable<Port extends object>(name: string, port: Port, faults: Faults): Port {
  return new Proxy(port, {
    get(target, property) {
      const member: unknown = Reflect.get(target, property, target);
      if (typeof member !== 'function') return member;
      const call = `${name}.${String(property)}`;
      return async (...words: readonly unknown[]): Promise<unknown> => {
        faults.before?.(call);
        const answer: unknown = await (member as (...words: readonly unknown[]) => unknown).apply(target, [...words]);
        faults.after?.(call);
        return answer;
      };
    },
  });
}
