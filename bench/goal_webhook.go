package main

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"goodword/internal/app"
	"goodword/internal/introduction"
)

// webhook is goal 3: Stripe's events are verified, stored and answered.
func (b *bench) webhook(ctx context.Context) error {
	for _, engine := range engines {
		in, err := b.install(ctx, engine, "webhook", deals, 0)
		if err != nil {
			return err
		}
		if err := in.accept(ctx); err != nil {
			return err
		}
		if err := b.twice(ctx, in); err != nil {
			return err
		}
		number := 0
		side := func(start func(context.Context) (*server, error)) func(context.Context) (half, error) {
			return func(ctx context.Context) (half, error) {
				number++
				run := number
				h, _, err := b.serveAndLoad(ctx, start, func(s *server) (load, error) {
					return load{url: s.url, want: http.StatusNoContent, request: func(c, n int) []byte { return event(s.url, fmt.Sprintf("%d_%d_%d", run, c, n), "") }}, nil
				})
				return h, err
			}
		}
		m, err := b.alternate(ctx, "webhook "+engine, side(b.yardstickOn(in)), side(b.productOn(in)))
		if err != nil {
			return err
		}
		b.out.atLeast(result{goal: "3", work: "webhook verified, stored, answered, " + engine, yardstick: perSecond(median(figures(m.yardstick, rate))),
			product: perSecond(median(figures(m.product, rate)))}, m.ratio(rate), 0.8)
		b.out.processor("webhook "+engine, m)
	}
	return nil
}

// accept says yes for everybody who was introduced, so that a payment wins.
func (in *installation) accept(ctx context.Context) (err error) {
	a, err := app.New(ctx, in.cfg, app.Options{Log: slog.New(slog.DiscardHandler), NoSweeps: true})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	for n, id := range in.introductions {
		yes := introduction.Answer{How: introduction.ByEmail, Name: "Ben", Email: fmt.Sprintf("ben%d@shore.example", n), ConsentText: "Yes, introduce us.", Lang: "en"}
		if _, err := a.Introductions.Accept(ctx, introduction.Prospect{IntroductionID: id}, yes); err != nil {
			return err
		}
	}
	return settle(ctx, a)
}

// deals is how many of the payments in twice belong to an introduction; each closes one.
const deals = 100

// twice sends every event two times from all connections at once, and waits until all are worked: each must be kept once and
// decided on once, and each introduction must be won once.
func (b *bench) twice(ctx context.Context, in *installation) (err error) {
	events := 20_000
	if b.quick {
		events = 1_000
	}
	s, err := b.startProduct(ctx, in, "/livez")
	if err != nil {
		return err
	}
	running := true
	defer func() {
		if running {
			err = errors.Join(err, s.stop())
		}
	}()
	l := load{url: s.url, want: http.StatusNoContent, most: 2 * events,
		request: func(c, n int) []byte {
			number, introduction := (n*connections+c)%events, ""
			if number < deals {
				introduction = in.introductions[number]
			}
			return event(s.url, fmt.Sprintf("twice_%d", number), introduction)
		}}
	if _, _, err := l.run(ctx, 5*time.Minute); err != nil {
		return err
	}
	sent := time.Now()
	for left := 1; left > 0; {
		if left, err = in.count(ctx, "stripe_event", "state = 'received'"); err != nil {
			return err
		}
		if time.Since(sent) > 10*time.Minute {
			return fmt.Errorf("%d events are not worked after ten minutes", left)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(200 * time.Millisecond):
		}
	}
	took := time.Since(sent)
	running = false
	if err := s.stop(); err != nil {
		return err
	}
	var counts [4]int
	for i, what := range [][2]string{{"stripe_event", "id LIKE 'evt_twice_%'"}, {"stripe_payment", "id LIKE 'cs_twice_%'"},
		{"deal", "external_id LIKE 'cs_twice_%'"}, {"introduction", "state = 'won'"}} {
		if counts[i], err = in.count(ctx, what[0], what[1]); err != nil {
			return err
		}
	}
	b.out.note("%s: %d events sent twice from %d connections are kept %d times and decided on %d times; %d of them are deals and won %d of %d introductions. All were worked %.0f s after the last had come.",
		in.engine, events, connections, counts[0], counts[1], counts[2], counts[3], deals, took.Seconds())
	if counts != [4]int{events, events, deals, deals} {
		return fmt.Errorf("%s: events did not take effect exactly once", in.engine)
	}
	return nil
}

// event is the checkout of a guest, as large as a real one; it is decided on without asking Stripe, which nobody plays here.
func event(base, id, introduction string) []byte {
	now := time.Now().Unix()
	body := fmt.Appendf(nil, `{"id":"evt_%s","object":"event","api_version":"2023-10-16","created":%d,"livemode":false,"pending_webhooks":1,`+
		`"type":"checkout.session.completed","request":{"id":null,"idempotency_key":null},"data":{"object":{"id":"cs_%s","object":"checkout.session",`+
		`"mode":"payment","status":"complete","payment_status":"paid","currency":"eur","customer":null,"amount_subtotal":100000,"amount_total":119000,`+
		`"total_details":{"amount_discount":0,"amount_shipping":0,"amount_tax":19000},"invoice":null,"payment_intent":null,"created":%d,`+
		`"metadata":{"goodword_introduction":%q},"success_url":%q}}}`,
		id, now, id, now, introduction, filler)
	mac := hmac.New(sha256.New, []byte(webhookSecret))
	fmt.Fprintf(mac, "%d.", now)
	mac.Write(body)
	header := http.Header{"Content-Type": {"application/json"}, "Stripe-Signature": {fmt.Sprintf("t=%d,v1=%s", now, hex.EncodeToString(mac.Sum(nil)))}}
	return post(base, "/hooks/stripe", "127.0.0.1", header, body)
}

var filler = strings.Repeat("What stands in the other fields of a checkout. ", 50)
