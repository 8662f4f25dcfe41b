/** How findings of checkers are held against answers; the checkers themselves need Python and run by `npm run supply`. */
import { describe, expect, test } from 'vitest';
import { checkovFindings, judge, lintFindings, policyFindings, type Finding } from '../../supply/findings.ts';
import { policiesOf } from '../../supply/policies.ts';
import { answersIn, unanswered, type Answered, type Template } from '../../supply/templates.ts';

const finding: Finding = { checker: 'checkov', stack: '0/State', resource: 'Archive', rule: 'CKV_AWS_21', message: '' };
const answered: Answered = { ...finding, reason: 'No name is written twice.' };

function template(resources: Template['resources'], outputs: Template['outputs'] = {}): Template {
  return { stack: 'State', resources, outputs, whole: { Resources: resources, Outputs: outputs } };
}

describe('findings and answers', () => {
  test('a finding without an answer is open', () => {
    expect(judge([finding], [])).toMatchObject({ open: [finding], answered: 0 });
  });

  test('a finding with a reason beside its resource is answered', () => {
    expect(judge([finding], [answered])).toEqual({ open: [], hollow: [], stale: [], answered: 1 });
  });

  test.each([
    ['another resource', { resource: 'Images' }],
    ['another rule', { rule: 'CKV_AWS_18' }],
    ['another stack', { stack: '1/State' }],
    ['another checker', { checker: 'cfn-lint' as const }],
  ])('an answer for %s answers nothing, and is stale', (_what, other) => {
    expect(judge([finding], [{ ...answered, ...other }])).toMatchObject({
      open: [finding],
      stale: [{ ...answered, ...other }],
    });
  });

  test('an answer says why, in a sentence', () => {
    expect(judge([finding], [{ ...answered, reason: 'ok' }]).hollow).toHaveLength(1);
    expect(judge([finding], [{ ...answered, reason: '' }]).hollow).toHaveLength(1);
  });
});

describe('what templates say', () => {
  const skip = [{ id: 'CKV_AWS_21', comment: 'No name is written twice.' }];
  const resources = {
    Archive: { Type: 'AWS::S3::Bucket', Metadata: { checkov: { skip }, 'aws:cdk:path': 'State/Archive' } },
  };

  test('answers are read from the metadata of their resources', () => {
    expect(answersIn(template(resources))).toMatchObject([
      { checker: 'checkov', stack: 'State', resource: 'Archive', rule: 'CKV_AWS_21' },
    ]);
  });

  test('answers are taken out before checkers look, and nothing else is', () => {
    expect(unanswered(template(resources))).toMatchObject({
      Resources: { Archive: { Type: 'AWS::S3::Bucket', Metadata: { 'aws:cdk:path': 'State/Archive' } } },
    });
    expect(JSON.stringify(unanswered(template(resources)))).not.toContain('checkov');
  });

  test('policies name what they refer to, across stacks too', () => {
    const table = { 'Fn::GetAtt': ['Table', 'Arn'] };
    const statement = (resource: unknown) => ({
      Statement: [{ Effect: 'Allow', Action: 'dynamodb:GetItem', Resource: resource }],
    });
    const state = template(
      { Table: { Type: 'AWS::DynamoDB::GlobalTable' } },
      { Out: { Value: table, Export: { Name: 'state:table' } } },
    );
    const delivery = {
      ...template({
        Policy: {
          Type: 'AWS::IAM::Policy',
          Properties: {
            PolicyDocument: statement({
              'Fn::Join': ['', [{ 'Fn::ImportValue': 'state:table' }, '/index/', { Ref: 'AWS::Region' }]],
            }),
          },
        },
      }),
      stack: 'Delivery',
    };
    expect(policiesOf([state, delivery])).toEqual([
      {
        stack: 'Delivery',
        resource: 'Policy',
        trust: false,
        document: statement('arn:aws:dynamodb:eu-central-1:111122223333:table/any/index/eu-central-1'),
      },
    ]);
  });

  test('a reference that is not understood is refused, not guessed', () => {
    const policy = (resource: unknown) =>
      template({
        Policy: { Type: 'AWS::IAM::Policy', Properties: { PolicyDocument: { Statement: [{ Resource: resource }] } } },
        Pool: { Type: 'AWS::Cognito::UserPool' },
      });
    expect(() => policiesOf([policy({ 'Fn::GetAtt': ['Pool', 'Arn'] })])).toThrow('Pool, which is AWS::Cognito');
    expect(() => policiesOf([policy({ 'Fn::Sub': '${Pool}' })])).toThrow('Pool, which is AWS::Cognito');
    expect(() => policiesOf([policy({ 'Fn::Select': [0, ['a']] })])).toThrow('Fn::Select');
    expect(() => policiesOf([policy({ 'Fn::ImportValue': 'nobody' })])).toThrow('nobody');
  });
});

describe('reports of checkers', () => {
  const stackOf = (file: string): string => file;

  test('cfn-lint points to the resource, or to none', () => {
    const match = (path: readonly string[] | null) => ({
      Filename: 'State',
      Message: 'Obsolete',
      Rule: { Id: 'W3005' },
      Location: { Path: path },
    });
    expect(lintFindings([match(['Resources', 'Table', 'DependsOn']), match(null)], stackOf)).toMatchObject([
      { resource: 'Table', rule: 'W3005' },
      { resource: '', rule: 'W3005' },
    ]);
  });

  test('checkov names type and resource, and a template that it cannot read is no clean one', () => {
    const failed = {
      check_id: 'CKV_AWS_21',
      check_name: 'Versioning',
      file_path: 'State',
      resource: 'AWS::S3::Bucket.Archive',
    };
    const report = (errors: number) => ({
      results: { failed_checks: [failed] },
      summary: { parsing_errors: errors },
    });
    expect(checkovFindings(report(0), stackOf)).toMatchObject([{ resource: 'Archive', rule: 'CKV_AWS_21' }]);
    expect(() => checkovFindings(report(1), stackOf)).toThrow('could not read 1 template');
  });

  test('parliament answers with the place that it was given', () => {
    expect(policyFindings([{ at: ['0/State', 'Policy'], rule: 'RESOURCE_STAR', message: 'all' }])).toEqual([
      { checker: 'parliament', stack: '0/State', resource: 'Policy', rule: 'RESOURCE_STAR', message: 'all' },
    ]);
  });
});
