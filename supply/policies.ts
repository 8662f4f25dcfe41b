/**
 * Every IAM policy document of templates, as parliament reads them: with text in place of references. Separate because only policies
 * need references resolved; the other checkers read templates.
 */
import type { Template } from './templates.ts';

export interface Policy {
  readonly stack: string;
  readonly resource: string;
  readonly document: unknown;
  /** Says who may take on a role, not what a role may do. */
  readonly trust: boolean;
}

/** The policy documents of all stacks of an assembly, each with the resource in which it stands. */
export function policiesOf(templates: readonly Template[]): readonly Policy[] {
  const exported = new Map<string, () => unknown>();
  for (const template of templates) {
    for (const { Export, Value } of Object.values(template.outputs)) {
      if (typeof Export?.Name === 'string') exported.set(Export.Name, () => resolve(Value, template, exported));
    }
  }
  return templates.flatMap((template) =>
    Object.entries(template.resources).flatMap(([resource, { Properties = {} }]) =>
      documentsIn(Properties).map(([key, found]) => {
        const document = resolve(found, template, exported);
        const trust = key === 'AssumeRolePolicyDocument';
        return { stack: template.stack, resource, trust, document: trust ? withRole(document) : document };
      }),
    ),
  );
}

/** Keys like `PolicyDocument` with their values, however deep they lie. */
function documentsIn(value: unknown): readonly (readonly [key: string, document: unknown])[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]): ReturnType<typeof documentsIn> =>
    key.endsWith('PolicyDocument') ? [[key, inner]] : documentsIn(inner),
  );
}

/** Who may take on a role stands without a resource, for it is the role itself; parliament wants to read one. */
function withRole(document: unknown): unknown {
  const { Statement, ...rest } = document as { readonly Statement: readonly object[] };
  return { ...rest, Statement: Statement.map((each) => ({ ...each, Resource: `arn:aws:iam::${ACCOUNT}:role/any` })) };
}

const ACCOUNT = '111122223333';
const PSEUDO: Readonly<Record<string, string>> = {
  'AWS::Partition': 'aws',
  'AWS::Region': 'eu-central-1',
  'AWS::AccountId': ACCOUNT,
  'AWS::URLSuffix': 'amazonaws.com',
};

/** An ARN as policies name resources of these types; a type that is not here is refused, lest a policy be read wrongly. */
const ARNS: Readonly<Record<string, string>> = {
  'AWS::CodeBuild::Project': 'codebuild:eu-central-1:111122223333:project/any',
  'AWS::DynamoDB::GlobalTable': 'dynamodb:eu-central-1:111122223333:table/any',
  'AWS::ECR::Repository': 'ecr:eu-central-1:111122223333:repository/any',
  'AWS::Events::Rule': 'events:eu-central-1:111122223333:rule/any',
  'AWS::Lambda::Function': 'lambda:eu-central-1:111122223333:function:any',
  'AWS::Logs::LogGroup': 'logs:eu-central-1:111122223333:log-group:any:*',
  'AWS::S3::Bucket': 's3:::any',
  'AWS::SNS::Topic': 'sns:eu-central-1:111122223333:any',
  'AWS::SQS::Queue': 'sqs:eu-central-1:111122223333:any',
  'AWS::StepFunctions::StateMachine': 'states:eu-central-1:111122223333:stateMachine:any',
};

function resolve(value: unknown, template: Template, exported: ReadonlyMap<string, () => unknown>): unknown {
  if (Array.isArray(value)) return value.map((item) => resolve(item, template, exported));
  if (typeof value !== 'object' || value === null) return value;
  const [[name, operand] = ['', undefined], ...more] = Object.entries(value);
  if (more.length === 0 && (name === 'Ref' || name.startsWith('Fn::'))) return reference(name, operand);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, resolve(inner, template, exported)]));

  function reference(name: string, operand: unknown): unknown {
    if (name === 'Ref') return PSEUDO[String(operand)] ?? arnOf(String(operand));
    if (name === 'Fn::GetAtt') return arnOf(String((operand as readonly unknown[])[0]));
    if (name === 'Fn::Sub' && typeof operand === 'string') {
      return operand.replaceAll(/\$\{([^}]+)\}/g, (_whole, of: string) => PSEUDO[of] ?? arnOf(of));
    }
    if (name === 'Fn::ImportValue') {
      const value = exported.get(String(operand));
      if (value !== undefined) return value();
      throw new Error(`A policy of ${template.stack} imports ${String(operand)}, which no stack exports.`);
    }
    if (name === 'Fn::Join') {
      const [between, parts] = operand as readonly [string, readonly unknown[]];
      return parts.map((part) => String(resolve(part, template, exported))).join(between);
    }
    throw new Error(
      `${name} stands in a policy of ${template.stack}: supply/policies.ts does not know what becomes of it.`,
    );
  }

  function arnOf(id: string): string {
    const type = template.resources[id]?.Type ?? 'nothing of this template';
    const rest = ARNS[type];
    if (rest === undefined) {
      throw new Error(
        `A policy of ${template.stack} names ${id}, which is ${type}: add its ARN to supply/policies.ts.`,
      );
    }
    return `arn:aws:${rest}`;
  }
}
