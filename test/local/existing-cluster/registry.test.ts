/** ECR's API over a registry that is there already, here one in memory with the API that all registries have. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Registry } from '../../../local/existing-cluster/registry.ts';
import { withLaptop } from '../aws/laptop.ts';

const digest = (digit: string) => `sha256:${digit.repeat(64)}`;
/** Tags and the digests they name. */
let tags: Record<string, string>;
let signIn = false;
let server: Server;
let host: string;

beforeAll(async () => {
  server = createServer((request, response) => {
    if (signIn) return response.writeHead(401).end();
    const [, reference = ''] = /^\/v2\/images\/manifests\/(.+)$/.exec(request.url ?? '') ?? [];
    const found = tags[reference] ?? Object.values(tags).find((known) => known === reference);
    if (request.url === '/v2/') return response.end('{}');
    if (request.url === '/v2/images/tags/list') return response.end(JSON.stringify({ tags: Object.keys(tags) }));
    if (found === undefined || !String(request.headers.accept).includes('oci.image.manifest'))
      return response.writeHead(404).end();
    if (request.method === 'DELETE') {
      tags = Object.fromEntries(Object.entries(tags).filter(([, known]) => known !== reference));
      return response.writeHead(202).end();
    }
    return response.writeHead(200, { 'docker-content-digest': found }).end(`{"of":"${found}"}`);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(() => server.close());

const Resources = {
  Images: { Type: 'AWS::ECR::Repository', Properties: { RepositoryName: 'images' } },
  Where: {
    Type: 'AWS::SSM::Parameter',
    Properties: { Name: 'where', Type: 'String', Value: { 'Fn::GetAtt': ['Images', 'RepositoryUri'] } },
  },
};
const person = { arn: 'person' };

describe('a registry that is there', () => {
  it('is what ECR tells of: name, digests, tags and deletion', async () => {
    tags = { 'orders.1': digest('a'), 'orders.2': digest('b'), again: digest('b') };
    const registry = await Registry.open(host);
    await withLaptop(
      { Resources },
      async ({ aws }) => {
        const ask = (action: string, imageIds?: object[]) =>
          aws.call('ecr', action, { repositoryName: 'images', ...(imageIds && { imageIds }) }, person);
        await expect(aws.call('ssm', 'GetParameter', { Name: 'where' }, person)).resolves.toMatchObject({
          Parameter: { Value: `${host}/images` },
        });
        await expect(ask('DescribeImages', [{ imageTag: 'orders.1' }])).resolves.toMatchObject({
          imageDetails: [{ imageDigest: digest('a'), imageTags: ['orders.1'] }],
        });
        await expect(ask('DescribeImages', [{ imageTag: 'orders.3' }])).rejects.toThrow('does not exist');
        await expect(ask('BatchGetImage', [{ imageDigest: digest('b') }])).resolves.toMatchObject({
          images: [{ imageManifest: `{"of":"${digest('b')}"}` }],
        });
        await expect(ask('PutImage')).rejects.toThrow(`Push to ${host}/images`);
        await aws.destroy();
        expect(tags).toEqual({});
      },
      { registry },
    );
  });

  it('that wants a sign-in, or is none, is refused with what to do', async () => {
    signIn = true;
    await expect(Registry.open(host)).rejects.toThrow('wants a sign-in');
    signIn = false;
    await expect(Registry.open('127.0.0.1:2')).rejects.toThrow(/There is no registry at 127.0.0.1:2 .*ECONNREFUSED/);
    await expect(Registry.open('http://127.0.0.1:1')).rejects.toThrow('HOST or HOST:PORT');
  });
});
