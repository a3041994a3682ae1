import { DynamoDBClient } from '@aws-sdk/client-dynamodb';

/** Request of the code under test: the name and the input of the operation. */
export interface SentRequest {
  readonly operation: string;
  readonly input: Readonly<Record<string, unknown>>;
}

/** DynamoDB client that sends nothing. A function of the test returns each response or throws. */
export class RespondingClient extends DynamoDBClient {
  readonly sent: SentRequest[] = [];
  private readonly respond: (request: SentRequest, nth: number) => object;

  /** @param respond receives the number of the request among the requests of the same operation, from 1 */
  constructor(respond: (request: SentRequest, nth: number) => object) {
    super({ region: 'us-east-1' });
    this.respond = respond;
    this.send = (async (command: object) => {
      const request = {
        operation: command.constructor.name.replace(/Command$/, ''),
        input: (command as SentRequest).input,
      };
      this.sent.push(request);
      return this.respond(request, this.calls(request.operation).length);
    }) as DynamoDBClient['send'];
  }

  calls(operation: string): readonly SentRequest[] {
    return this.sent.filter((request) => request.operation === operation);
  }
}

/** Returns an AWS service error with this code. */
export function serviceError(name: string): Error {
  return Object.assign(new Error(name), { name });
}
