/** The one function of asl-validator that we call; the package brings no types. */
declare module 'asl-validator' {
  /** Checks a definition of the Amazon States Language. */
  export default function aslValidator(definition: unknown): {
    readonly isValid: boolean;
    readonly errorsText: (this: void, separator?: string) => string;
  };
}
