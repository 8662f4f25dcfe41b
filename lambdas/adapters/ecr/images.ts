/** Images in ECR, found by their tag, and what they say of themselves. */
import {
  BatchGetImageCommand,
  DescribeImagesCommand,
  GetDownloadUrlForLayerCommand,
  ImageNotFoundException,
  type ECRClient,
} from '@aws-sdk/client-ecr';
import { imageTag } from '../../domain/naming/image-tag.ts';
import { factsOf, type ImageConfiguration, type ImageManifest } from '../../domain/images/image-facts.ts';
import { TransientError } from '../../domain/errors.ts';
import type { Images } from '../../ports/builds.ts';
import { translated } from '../aws/translate-error.ts';

/** Manifests of one platform and lists of them, of Docker and of OCI. */
const MANIFESTS = [
  'application/vnd.docker.distribution.manifest.v2+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.oci.image.index.v1+json',
];

/** Images of one repository, given as `<registry>/<name>`. */
export function ecrImages(client: ECRClient, imageRepository: string): Images {
  const repositoryName = imageRepository.slice(imageRepository.indexOf('/') + 1);
  const manifestOf = async (imageDigest: string): Promise<ImageManifest | undefined> => {
    const { images } = await translated(`Reading the manifest of ${imageDigest}`, () =>
      client.send(
        new BatchGetImageCommand({ repositoryName, imageIds: [{ imageDigest }], acceptedMediaTypes: MANIFESTS }),
      ),
    );
    const text = images?.[0]?.imageManifest;
    return text === undefined ? undefined : (JSON.parse(text) as ImageManifest);
  };
  const configurationOf = async (layerDigest: string): Promise<ImageConfiguration> => {
    const { downloadUrl = '' } = await translated(`Reading the configuration ${layerDigest}`, () =>
      client.send(new GetDownloadUrlForLayerCommand({ repositoryName, layerDigest })),
    );
    return (await download(downloadUrl)) as ImageConfiguration;
  };
  return {
    async facts(digest) {
      const listed = await manifestOf(digest);
      // What a build adds to an image besides its platforms (attestations) says `unknown` for its platform.
      const platform = listed?.manifests?.find(
        ({ platform: of }) => of?.os === 'linux' && of.architecture !== 'unknown',
      );
      const manifest = platform === undefined ? listed : await manifestOf(platform.digest);
      const configuration = manifest?.config?.digest;
      if (manifest === undefined || configuration === undefined) return undefined;
      return factsOf(manifest, await configurationOf(configuration));
    },
    async digest(repository, commit) {
      const tag = imageTag(repository, commit);
      try {
        const { imageDetails } = await translated(`Reading the image ${tag}`, () =>
          client.send(new DescribeImagesCommand({ repositoryName, imageIds: [{ imageTag: tag }] })),
        );
        return imageDetails?.[0]?.imageDigest;
      } catch (error) {
        if (error instanceof ImageNotFoundException) return undefined;
        throw error;
      }
    },
  };
}

/** A configuration has a few kilobytes; the address is signed and needs nothing else. */
async function download(url: string): Promise<unknown> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(10_000) });
    if (response.ok) return await response.json();
    throw new TransientError(
      `The registry answered ${String(response.status)} when an image's configuration was read.`,
    );
  } catch (error) {
    if (error instanceof TransientError) throw error;
    throw new TransientError(
      `An image's configuration could not be read (${error instanceof Error ? error.message : String(error)}).`,
    );
  }
}
