import type { Task } from '../../api/types';

export const kinds: { value: Task['kind']; label: string }[] = [
  { value: 'answer', label: 'Answer' },
  { value: 'ask', label: 'Ask' },
  { value: 'recovery', label: 'Recovery' },
  { value: 'reconnect', label: 'Reconnect' },
  { value: 'thank', label: 'Thank' },
];
