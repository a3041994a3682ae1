import { DynamoDBClient } from '@aws-sdk/client-dynamodb';

/** A request as the code under test sends it: the operation's name and its input. */
export interface SentRequest {
  readonly operation: string;
  readonly input: Readonly<Record<string, unknown>>;
}

/** A client of DynamoDB that sends nothing: a function of the test computes each response, or throws. */
export class AnsweringClient extends DynamoDBClient {
  readonly sent: SentRequest[] = [];
  private readonly answer: (request: SentRequest, nth: number) => object;

  /** @param answer gets the number of the request among those of its operation, from 1 */
  constructor(answer: (request: SentRequest, nth: number) => object) {
    super({ region: 'us-east-1' });
    this.answer = answer;
    this.send = (async (command: object) => {
      const request = {
        operation: command.constructor.name.replace(/Command$/, ''),
        input: (command as SentRequest).input,
      };
      this.sent.push(request);
      return this.answer(request, this.calls(request.operation).length);
    }) as DynamoDBClient['send'];
  }

  calls(operation: string): readonly SentRequest[] {
    return this.sent.filter((request) => request.operation === operation);
  }
}

/** The error of an AWS service with this code. */
export function serviceError(name: string): Error {
  return Object.assign(new Error(name), { name });
}
