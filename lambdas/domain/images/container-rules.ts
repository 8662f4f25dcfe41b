/**
 * The rules that containers are held to before anything is applied. Separate because a security review reads them, and their messages
 * are all that an author sees.
 */
import type { ServiceDefinition } from '../service/definition.ts';
import { SERVICE_FILE } from '../service/definition.ts';
import type { ContainerRule } from '../service/exceptions.ts';
import type { Sidecar } from '../service/processes.ts';
import { looksSecret, type ImageFacts } from './image-facts.ts';

/** Bounds of images, in compressed bytes. */
export interface ImageLimits {
  readonly largestImage: number;
  readonly largestLayer: number;
}

/** A rule that is broken, and how to mend it. */
export interface Breach {
  readonly rule: ContainerRule;
  readonly message: string;
}

/** What a service file, its image and its chart break, before exceptions. `facts` are not there before a build. */
export function breaches(
  definition: ServiceDefinition,
  facts: ImageFacts | undefined,
  limits: ImageLimits,
  ofChart: readonly Breach[] = [],
): readonly Breach[] {
  return [
    ...ofChart,
    ...sidecarsOf(definition).flatMap(sidecarBreaches),
    ...commandsOf(definition).flatMap(commandBreaches),
    ...(facts === undefined ? [] : imageBreaches(facts, limits)),
  ];
}

/**
 * What stands in the way: rules that are broken without an exception that counts on this day (`2026-12-31`). Empty: all is well.
 */
export function judgeContainers(
  definition: ServiceDefinition,
  facts: ImageFacts | undefined,
  limits: ImageLimits,
  today: string,
  ofChart: readonly Breach[] = [],
): readonly string[] {
  const { exceptions = [] } = definition;
  const ended = exceptions
    .filter(({ rule, until }) => rule === 'writable-root' && until < today)
    .map(({ rule, until }) => expired(rule, until));
  const broken = breaches(definition, facts, limits, ofChart).flatMap(({ rule, message }) => {
    const exception = exceptions.find((one) => one.rule === rule);
    if (exception !== undefined && exception.until >= today) return [];
    return [`${message} (rule ${rule})${exception === undefined ? '' : ` ${expired(rule, exception.until)}`}`];
  });
  return [...broken, ...ended];
}

/** All problems as one message to the author. */
export function describeBreaches(problems: readonly string[]): string {
  return (
    `The containers break rules of this installation:\n${problems.map((problem) => `- ${problem}`).join('\n')}\n` +
    `Nothing was applied. Mend them and push again; what cannot be mended yet is declared under \`exceptions\` in ${SERVICE_FILE}, with rule, reason and until.`
  );
}

function expired(rule: ContainerRule, until: string): string {
  return `The exception to the rule ${rule} ended on ${until}; mend it, or agree on a new end.`;
}

interface Part {
  readonly where: string;
  readonly sidecar: Sidecar;
}

function sidecarsOf(definition: ServiceDefinition): readonly Part[] {
  const own = (containers: Readonly<Record<string, Sidecar>> = {}, before = '') =>
    Object.entries(containers).map(([name, sidecar]) => ({ where: `${before}containers.${name}`, sidecar }));
  const others = Object.entries(definition.processes ?? {});
  return [
    ...own(definition.containers),
    ...others.flatMap(([name, { containers }]) => own(containers, `processes.${name}.`)),
  ];
}

function sidecarBreaches({ where, sidecar: { image } }: Part): readonly Breach[] {
  if (image === undefined) return [];
  const [name = '', digest] = image.split('@');
  const tag = /:([^:/]+)$/.exec(name)?.[1];
  if (tag === 'latest' || (tag === undefined && digest === undefined)) {
    return [
      {
        rule: 'latest',
        message: `${where}.image is ${image}: latest is another image tomorrow. Name a version and its digest, such as ${name.replace(/:latest$/, '')}:1.4@sha256:…`,
      },
    ];
  }
  if (digest !== undefined) return [];
  return [
    {
      rule: 'missing-digest',
      message: `${where}.image is ${image}: a tag can be moved to another image. Add the digest that \`docker buildx imagetools inspect ${image}\` shows, ${image}@sha256:…`,
    },
  ];
}

function commandsOf(
  definition: ServiceDefinition,
): readonly { readonly where: string; readonly words: readonly string[] }[] {
  const { processes = {}, schedules = {}, jobs = {} } = definition;
  const tasks = Object.entries(jobs).flatMap(([phase, all]) =>
    all.map(({ name, command }) => ({ where: `jobs.${phase}.${name}.command`, words: command })),
  );
  return [
    { where: 'command', words: definition.command },
    ...sidecarsOf(definition).map(({ where, sidecar }) => ({ where: `${where}.command`, words: sidecar.command })),
    ...Object.entries(processes).map(([name, { command }]) => ({ where: `processes.${name}.command`, words: command })),
    ...Object.entries(schedules).map(([name, { command }]) => ({ where: `schedules.${name}.command`, words: command })),
    ...tasks,
  ];
}

/** An address of one machine. Addresses that mean "here" or "everywhere" are none. */
const ADDRESS =
  /(?<![\d.])(?!0\.0\.0\.0|127\.)(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?![\d.])/;

/** What the words of a command, or variables as `NAME=value`, break. */
export function commandBreaches({ where, words }: ReturnType<typeof commandsOf>[number]): readonly Breach[] {
  return words.flatMap((word): Breach[] => {
    const address = ADDRESS.exec(word)?.[0];
    const [, name = '', value = ''] = /^-{0,2}([\w-]+)=(.+)$/.exec(word) ?? [];
    return [
      ...(address === undefined
        ? []
        : [
            {
              rule: 'ip-literal' as const,
              message: `${where} holds the address ${address}, which is another machine tomorrow. Name the service under \`dependencies\` and use its variable <NAME>_URL.`,
            },
          ]),
      ...(looksSecret(name, value)
        ? [
            {
              rule: 'secret-in-variable' as const,
              message: `${where} holds what looks like a secret (${name}; its value is not repeated). Put it under \`secrets\` by reference and read its variable.`,
            },
          ]
        : []),
    ];
  });
}

function imageBreaches(facts: ImageFacts, limits: ImageLimits): readonly Breach[] {
  const { user, layers, secretVariables, secretSteps } = facts;
  const [name = ''] = user.split(':');
  const size = layers.reduce((sum, layer) => sum + layer, 0);
  const largest = Math.max(0, ...layers);
  const root: Breach[] = ['', '0', 'root'].includes(name)
    ? [
        {
          rule: 'root-user',
          message: `the image runs as root${user === '' ? ' (it has no USER)' : ` (USER ${user})`}. End the Dockerfile with \`USER 1000\`, and give that user what it writes to.`,
        },
      ]
    : [];
  const variables = secretVariables.map((variable): Breach => ({
    rule: 'secret-in-variable',
    message: `the image holds what looks like a secret in its variable ${variable} (the value is not repeated). Remove the ENV, change the secret, and let the service read it from \`secrets\`.`,
  }));
  const steps = secretSteps.map((step): Breach => ({
    rule: 'secret-in-history',
    message: `the image's history holds what looks like a secret (${step}; the value is not repeated): everybody who pulls the image can read it. Use \`RUN --mount=type=secret\`, and change the secret.`,
  }));
  const tooLarge: Breach[] = [
    ...(size > limits.largestImage
      ? [
          {
            rule: 'image-size' as const,
            message: `the image has ${megabytes(size)} compressed; allowed: ${megabytes(limits.largestImage)}. Copy only what runs from an earlier stage, begin from a smaller base image, and list the rest in .dockerignore.`,
          },
        ]
      : []),
    ...(largest > limits.largestLayer
      ? [
          {
            rule: 'layer-size' as const,
            message: `layer ${String(layers.indexOf(largest) + 1)} of the image has ${megabytes(largest)} compressed; allowed: ${megabytes(limits.largestLayer)}. Split what changes seldom from what changes often, and remove what the same RUN downloaded.`,
          },
        ]
      : []),
  ];
  return [...root, ...variables, ...steps, ...tooLarge];
}

function megabytes(bytes: number): string {
  return `${String(Math.ceil(bytes / 1_048_576))} MiB`;
}
