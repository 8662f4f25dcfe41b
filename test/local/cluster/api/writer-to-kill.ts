/** Writes objects as fast as it can and tells each that was answered, until it is killed. Started by the test of the journal. */
import { createObjects } from '../../../../local/cluster/api/objects.ts';

const objects = createObjects({ stateDirectory: process.argv[2] ?? '' });
const round = process.argv[3] ?? '0';
for (let number = 0; ; number += 1) {
  const name = `written-${round}-${number}`;
  const made = objects.create({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace: 'default' },
    data: { number: String(number) },
  });
  if (number % 3 === 2) objects.remove('v1', 'ConfigMap', 'default', name);
  process.stdout.write(`${name} ${made.metadata.resourceVersion} ${number % 3 === 2 ? 'removed' : 'kept'}\n`);
  // Lets what is printed leave the process, as an answer would.
  await new Promise((resolve) => setImmediate(resolve));
}
