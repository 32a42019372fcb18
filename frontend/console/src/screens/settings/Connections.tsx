import type { Settings } from '../../api/types';
import { Card, Facts } from '../../ui/Page';
import { Badge } from '../../ui/text';

const mail: Record<Settings['installation']['mail'], { badge: string; tone: 'good' | 'warn'; about: string }> = {
  smtp: { badge: 'Connected', tone: 'good', about: 'Mail goes out through your server.' },
  captured: { badge: 'Captured', tone: 'warn', about: 'No mail leaves this machine; it can be read at /dev/mail. Set GOODWORD_SMTP_URL to send.' },
};

const stripe: Record<Settings['installation']['stripe'], { badge: string; tone: 'good' | 'warn' | 'brand'; about: string }> = {
  live: { badge: 'Live', tone: 'good', about: 'Payments are recognised and rewards are paid for real.' },
  test: { badge: 'Test mode', tone: 'warn', about: 'A test key is set. No money moves.' },
  simulated: { badge: 'Simulated', tone: 'brand', about: 'A stand-in answers instead of Stripe.' },
  off: {
    badge: 'Off',
    tone: 'warn',
    about: 'Set GOODWORD_STRIPE_SECRET_KEY and GOODWORD_STRIPE_WEBHOOK_SECRET to recognise payments and to pay with codes and credits.',
  },
};

/** How this installation is connected; it is set where it is started. */
export function Connections({ installation: i }: { installation: Settings['installation'] }) {
  const m = mail[i.mail];
  const s = stripe[i.stripe];
  return (
    <div className="flex max-w-3xl flex-col gap-5">
      <Card title="Mail" actions={<Badge tone={m.tone}>{m.badge}</Badge>}>
        <p className="p-4">{m.about}</p>
      </Card>
      <Card title="Stripe" actions={<Badge tone={s.tone}>{s.badge}</Badge>}>
        <p className="p-4">{s.about}</p>
      </Card>
      <Card title="This installation">
        <div className="p-4">
          <Facts
            rows={[
              ['Address', i.base_url],
              ['Version', i.version],
              [
                'API',
                <a key="docs" className="link" href="/api/docs">
                  Documentation
                </a>,
              ],
            ]}
          />
        </div>
      </Card>
    </div>
  );
}
