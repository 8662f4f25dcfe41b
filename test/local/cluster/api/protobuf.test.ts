/** Bodies as kubectl 1.34 sends them for `kubectl create …`; captured, because only kubectl makes them. */
import { describe, expect, it } from 'vitest';
import { decodeProtobuf } from '../../../../local/cluster/api/protobuf.ts';

const read = (base64: string) => decodeProtobuf(Buffer.from(base64, 'base64'));

describe('a protocol buffer from kubectl is read as', () => {
  it('a Deployment with a size of 0 that is meant', () => {
    const sent =
      'azhzAAoVCgdhcHBzL3YxEgpEZXBsb3ltZW50EsQBCh8KA3dlYhIAGgAiACoAMgA4AEIAWgoKA2FwcBIDd2ViEpIBCAASDAoKCgNhcHASA3dlYhp4ChwKABIAGgAiACoAMgA4AEIAWgoKA2FwcBIDd2ViElgSOgoDd2ViEhJleGFtcGxlLnRlc3Qvd2ViOjEqADILCgAQABiQPyIAKgBCAGoAcgCAAQCIAQCQAQCiAQAaADIAQgBKAFIAWABgAGgAggEAigEAmgEAwgEAIgIKACgAOAAaDAgAEAAYACAAKAA4ABoAIgA=';
    const labels = { app: 'web' };
    const container = { name: 'web', image: 'example.test/web:1', ports: [{ containerPort: 8080 }], resources: {} };
    expect(read(sent)).toEqual({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web', labels },
      spec: {
        replicas: 0,
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { containers: [container] } },
        strategy: {},
      },
      status: { replicas: 0 },
    });
  });

  it('a Service whose target port is a number', () => {
    const sent =
      'azhzAAoNCgJ2MRIHU2VydmljZRJpCh8KA3dlYhIAGgAiACoAMgA4AEIAWgoKA2FwcBIDd2ViEkIKGwoHODAtODA4MBIDVENQGFAiBwgAEJA/GgAoABIKCgNhcHASA3dlYhoAIglDbHVzdGVySVA6AEIAUgBaAGAAaAAaAgoAGgAiAA==';
    expect(read(sent)['spec']).toEqual({
      ports: [{ name: '80-8080', protocol: 'TCP', port: 80, targetPort: 8080 }],
      selector: { app: 'web' },
      type: 'ClusterIP',
    });
  });

  it('amounts by name', () => {
    const sent =
      'azhzAAoTCgJ2MRINUmVzb3VyY2VRdW90YRI8ChEKAXESABoAIgAqADIAOABCABIlCgsKBHBvZHMSAwoBNQoWCgxyZXF1ZXN0cy5jcHUSBgoEMTAwbRoAGgAiAA==';
    expect(read(sent)['spec']).toEqual({ hard: { pods: '5', 'requests.cpu': '100m' } });
  });

  it('nothing when it is torn, something else or of a kind that is not there', () => {
    expect(() => read('azhzAAoPCgJ2MRIJTmFtZXNwYWNlEhwKFAoEdGVhbf8=')).toThrow('ends in the middle');
    expect(() => read('AAAA')).toThrow('does not begin with');
    expect(() => read('azhzAAoPCgJ2MRIJTm90aGluZ3M=')).toThrow('no kind');
  });
});
