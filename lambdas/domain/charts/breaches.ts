/**
 * The rules for containers, as far as a chart can break them beyond what a service file can. Separate because they are found once, with
 * the build, while exceptions are looked at with every delivery.
 */
import { commandBreaches, type Breach } from '../images/container-rules.ts';
import { looksSecret } from '../images/image-facts.ts';
import type { ChartContainer, ChartObjects } from './objects.ts';

/** What the chart breaks, before exceptions. The value of what looks like a secret is not repeated. */
export function chartBreaches({ deployments, configMaps }: ChartObjects): readonly Breach[] {
  return [
    ...deployments.flatMap(({ where, pod }) =>
      [...pod.containers, ...pod.initContainers].flatMap((one) => containerBreaches(where, one)),
    ),
    ...configMaps.flatMap(({ where, data }) =>
      Object.entries(data).flatMap(([key, value]): Breach[] =>
        looksSecret(key, value)
          ? [
              {
                rule: 'secret-in-variable',
                message: `${where} holds what looks like a secret (${key}; its value is not repeated). Put it under \`secrets\` in the service file by reference.`,
              },
            ]
          : [],
      ),
    ),
  ];
}

function containerBreaches(pod: string, container: ChartContainer): readonly Breach[] {
  const where = `${pod}, container ${container.name}`;
  const variables = (container.env ?? []).map(({ name, value = '' }) => `${name}=${value}`);
  const open = container.securityContext?.readOnlyRootFilesystem === false;
  return [
    ...commandBreaches({ where: `${where}, env`, words: variables }),
    ...(open
      ? [
          {
            rule: 'writable-root' as const,
            message: `${where} makes its root writable. Write below /tmp or into an emptyDir, and leave readOnlyRootFilesystem out.`,
          },
        ]
      : []),
  ];
}
