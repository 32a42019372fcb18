/** What the server said no with, after RFC 9457; or that it could not be reached at all (status 0). */
export class Problem extends Error {
  readonly status: number;
  /** What is wrong at which field, in the API's own field names: "offer.rewards.0.amount_minor". */
  readonly fields: Readonly<Record<string, string>>;
  readonly requestId: string;

  constructor(status: number, detail: string, fields: Record<string, string> = {}, requestId = '') {
    super(detail);
    this.name = 'Problem';
    this.status = status;
    this.fields = fields;
    this.requestId = requestId;
  }
}

function isObject(v: unknown): v is Record<string, unknown> {
  return typeof v === 'object' && v !== null;
}

const general: Record<number, string> = {
  0: 'Goodword cannot be reached. Check the connection and try again.',
  401: 'Please sign in again.',
  403: 'Your role does not allow this.',
  404: 'This does not exist any more.',
  412: 'Somebody changed this in the meantime. Look at it again, then repeat your change.',
  413: 'This is too large.',
  429: 'Too many attempts. Wait a minute and try again.',
};

/** Reads a problem out of whatever came back; a proxy may answer with anything. */
export function problemOf(status: number, body: unknown): Problem {
  const fallback = general[status] ?? 'Something went wrong on the server. Try again in a moment.';
  if (!isObject(body)) return new Problem(status, fallback);
  const fields: Record<string, string> = {};
  if (Array.isArray(body['errors'])) {
    for (const e of body['errors']) {
      if (isObject(e) && typeof e['field'] === 'string' && typeof e['message'] === 'string') fields[e['field']] ??= e['message'];
    }
  }
  const detail = typeof body['detail'] === 'string' && body['detail'] !== '' ? body['detail'] : fallback;
  return new Problem(status, detail, fields, typeof body['request_id'] === 'string' ? body['request_id'] : '');
}

/** What to tell a person about any failure. */
export function messageOf(error: unknown): string {
  return error instanceof Problem ? error.message : (general[0] ?? '');
}

/** The problems at the fields, none for a failure of another kind. */
export function fieldsOf(error: unknown): Readonly<Record<string, string>> {
  return error instanceof Problem ? error.fields : {};
}
