/** Configuration, secrets and generated values as a service file declares them. */
import { describe, expect, it } from 'vitest';
import { parseServiceFile } from '../../../lambdas/boundary/service-file/service-file.ts';

const read = (yaml: string) => parseServiceFile(`name: orders\n${yaml}`);
function definition(yaml: string) {
  const reading = read(yaml);
  if (reading.kind === 'wrong') throw new Error(reading.message);
  return reading.definition;
}
function problem(yaml: string): string {
  const reading = read(yaml);
  return reading.kind === 'wrong' ? reading.message : 'nothing wrong';
}

describe('configuration keys', () => {
  it('have a type, a default and a description', () => {
    const { configuration } = definition(`
configuration:
  subscribe: true
  keys:
    greeting: { type: text, default: Hello, description: What the page says first }
    maxItems: { type: number, default: 10 }
    page.wide: { type: boolean, default: false }
    colours: { type: list, default: [red] }
`);
    expect(configuration).toEqual({
      subscribe: true,
      keys: {
        greeting: { type: 'text', default: 'Hello', description: 'What the page says first' },
        maxItems: { type: 'number', default: 10 },
        'page.wide': { type: 'boolean', default: false },
        colours: { type: 'list', default: ['red'] },
      },
    });
  });

  it('need a default of their own type', () => {
    expect(problem('configuration: { keys: { limit: { type: number, default: many } } }')).toContain(
      'configuration.keys.limit: the default is not of the type that is declared beside it',
    );
    expect(problem('configuration: { keys: { limit: { type: number } } }')).toMatch(/limit\.default: /);
  });

  it('have one of four types, and the nearest is named', () => {
    expect(problem('configuration: { keys: { limit: { type: bolean, default: true } } }')).toContain(
      'allowed: text, number, boolean, list. Did you mean "boolean"?',
    );
  });

  it('have names of which variables can be made', () => {
    expect(problem('configuration: { keys: { "a b": { type: text, default: "" } } }')).toContain(
      'allowed: a key such as greeting, maxItems or page.title',
    );
  });

  it('that would set the same variable as something else are refused', () => {
    const keys = (text: string) => `configuration: { keys: { ${text} } }`;
    expect(problem(keys('maxItems: { type: text, default: a }, max.items: { type: text, default: a }'))).toContain(
      'would both set the variable MAX_ITEMS',
    );
    expect(problem(keys('port: { type: number, default: 1 }'))).toContain('PORT, which Espalier sets itself');
    expect(problem(`dependencies: [web]\n${keys('web.url: { type: text, default: a }')}`)).toContain(
      'the dependency web and the configuration key web.url would both set the variable WEB_URL',
    );
  });
});

describe('a subscription', () => {
  it.each(['grpc', 'tcp'])('needs somebody who can be asked by HTTP, not %s', (protocol) => {
    expect(problem(`protocol: ${protocol}\nconfiguration: { subscribe: true }`)).toContain(
      `a ${protocol} service cannot be asked which version of its configuration it runs`,
    );
    expect(definition(`protocol: ${protocol}\nconfiguration: {}`).configuration).toEqual({
      subscribe: false,
      keys: {},
    });
  });
});

describe('secrets', () => {
  it('are names in Secrets Manager or Parameter Store', () => {
    expect(
      definition('secrets: { PAYMENT_KEY: orders/payment-key, SMTP: { parameter: smtp/password } }').secrets,
    ).toEqual({
      PAYMENT_KEY: { store: 'secrets-manager', name: 'orders/payment-key' },
      SMTP: { store: 'parameter-store', name: 'smtp/password' },
    });
  });

  it.each([
    'secrets: { KEY: "sk_live 51H8 not a name!" }',
    'secrets: { KEY: { value: sk_live_51H8 } }',
    'secrets: { KEY: { parameter: "sk_live 51H8" } }',
    'secrets: { KEY: { parameter: "../production/key" } }',
    'secrets: { KEY: ../production/sk_live_51H8 }',
    'secrets: { KEY: /production/sk_live_51H8 }',
  ])('are never values, and what was found is not repeated: %s', (yaml) => {
    const said = problem(yaml);
    expect(said).toContain('no reference');
    expect(said).not.toContain('51H8');
  });
});

describe('generated values', () => {
  it('are passwords, tokens and key pairs', () => {
    expect(definition('generate: { DB_PASSWORD: password, SESSION: token, SIGNING: key-pair }').generate).toEqual({
      DB_PASSWORD: 'password',
      SESSION: 'token',
      SIGNING: 'key-pair',
    });
    expect(problem('generate: { X: pasword }')).toContain('Did you mean "password"?');
  });

  it('share no variable with secrets, the public half of a key pair included', () => {
    expect(problem('secrets: { SIGNING_PUBLIC: a }\ngenerate: { SIGNING: key-pair }')).toContain('SIGNING_PUBLIC');
  });
});
