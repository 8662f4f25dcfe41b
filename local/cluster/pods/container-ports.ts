/**
 * Which ports a container has, and the variables that tell it where to listen instead. Separate because here all pods share one
 * network: every container port needs a real one of its own.
 */
import type { Container } from 'kubernetes-types/core/v1.js';
import type { FoundImage } from '../../image.ts';

/** A container's ports, the main one first; 0 stands for "any", when nothing names one. */
export function containerPorts(
  container: Container,
  image: FoundImage,
  variables: Readonly<Record<string, string>>,
): number[] {
  const probes = [container.startupProbe, container.readinessProbe, container.livenessProbe];
  const probed = probes.map((probe) => probe?.httpGet?.port ?? probe?.tcpSocket?.port);
  const declared = (container.ports ?? []).map((port) => port.containerPort);
  const named = [...declared, Number(variables.PORT ?? image.config.env.PORT), ...image.config.exposedPorts, ...probed];
  const ports = named.filter((port): port is number => Number.isInteger(port) && Number(port) > 0);
  return ports.length > 0 ? [...new Set(ports)] : [0];
}

/** `PORT` is the main port's real number; so is every other `…PORT` variable whose value is one of the container's ports. */
export function portVariables(
  given: Readonly<Record<string, string>>,
  ports: ReadonlyMap<number, number>,
): Record<string, string> {
  const [main] = ports.values();
  const others = Object.entries(given).flatMap(([name, value]) => {
    const real = name.endsWith('PORT') ? ports.get(Number(value)) : undefined;
    return real === undefined ? [] : [[name, String(real)] as const];
  });
  return { ...Object.fromEntries(others), PORT: String(main) };
}
