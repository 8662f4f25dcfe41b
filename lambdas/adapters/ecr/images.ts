/** Images in ECR, found by their tag. */
import { DescribeImagesCommand, ImageNotFoundException, type ECRClient } from '@aws-sdk/client-ecr';
import { imageTag } from '../../domain/naming/image-tag.ts';
import type { Images } from '../../ports/builds.ts';
import { translated } from '../aws/translate-error.ts';

/** Images of one repository, given as `<registry>/<name>`. */
export function ecrImages(client: ECRClient, imageRepository: string): Images {
  const repositoryName = imageRepository.slice(imageRepository.indexOf('/') + 1);
  return {
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
