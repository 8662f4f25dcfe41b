/** Parses what runs of a service, and how large. */
import * as v from 'valibot';
import { RESERVED_PROCESSES } from '../../domain/service/processes.ts';
import { allowed, named, said, table, text } from '../values.ts';
import { command, partName, resources } from './words.ts';
import { oneScale, scale, withReplicas } from './scale.ts';

const ownPartName = v.pipe(
  partName,
  v.check((name) => !RESERVED_PROCESSES.includes(name), allowed(`any name but ${RESERVED_PROCESSES.join(', ')}`)),
);

/** Not whether it has a digest: that is a rule for containers, to which there may be an exception. */
export const image = text(
  /^[a-z0-9]+([._-]+[a-z0-9]+)*(:\d{1,5})?(\/[a-z0-9]+([._-]+[a-z0-9]+)*)*(:\w[\w.-]{0,127})?(@sha256:[0-9a-f]{64})?$/,
  'the name of an image such as registry.example/proxy:1.4@sha256:…',
);

const sidecar = table({
  image: v.exactOptional(said("Its image, by digest; without it the service's own.", image)),
  command: v.optional(said('Start command; without it what the image starts.', command), []),
  resources,
});

const group = {
  command: v.optional(said('Start command as a list of words; without it what the image starts.', command), []),
  resources,
  containers: v.exactOptional(
    said(
      'Containers beside the process in the same pod, by name.',
      named(ownPartName, sidecar, { most: 5, what: 'a container' }),
    ),
  ),
};

/** A process that gets no requests. */
const further = v.pipe(table({ ...group, ...scale }), oneScale(), v.transform(withReplicas));

/** The main process, which gets the service's requests, and the others by name. */
export const processes = {
  ...group,
  ...scale,
  processes: v.exactOptional(
    said(
      'Further processes of the same image that get no requests, by name.',
      named(ownPartName, further, { most: 10, what: 'a process' }),
    ),
  ),
};
