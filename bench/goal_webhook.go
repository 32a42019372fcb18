package main

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// webhook is goal 3: Stripe's events are verified, stored and answered.
func (b *bench) webhook(ctx context.Context) error {
	for _, engine := range engines {
		in, err := b.install(ctx, engine, "webhook", 10, 0)
		if err != nil {
			return err
		}
		number := 0
		side := func(start func(context.Context) (*server, error)) func(context.Context) (half, error) {
			return func(ctx context.Context) (half, error) {
				number++
				run := number
				h, _, err := b.serveAndLoad(ctx, start, func(s *server) (load, error) {
					return load{url: s.url, want: http.StatusNoContent, request: func(c, n int) []byte { return event(s.url, fmt.Sprintf("evt_%d_%d_%d", run, c, n)) }}, nil
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
		if err := b.twice(ctx, in); err != nil {
			return err
		}
	}
	return nil
}

// twice sends every event two times from all connections at once.
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
		request: func(c, n int) []byte { return event(s.url, fmt.Sprintf("evt_twice_%d", (n*connections+c)%events)) }}
	if _, _, err := l.run(ctx, 5*time.Minute); err != nil {
		return err
	}
	running = false
	if err := s.stop(); err != nil {
		return err
	}
	kept, err := in.count(ctx, "stripe_event", "id LIKE 'evt_twice_%'")
	if err != nil {
		return err
	}
	b.out.note("%s: %d events sent twice from %d connections are kept %d times.", in.engine, events, connections, kept)
	return nil
}

// event is an invoice.paid of somebody whom we do not know, as large as a real one.
func event(base, id string) []byte {
	now := time.Now().Unix()
	body := fmt.Appendf(nil, `{"id":%q,"object":"event","api_version":"2023-10-16","created":%d,"livemode":false,"pending_webhooks":1,`+
		`"type":"invoice.paid","request":{"id":null,"idempotency_key":null},"data":{"object":{"id":"in_%s","object":"invoice","currency":"eur",`+
		`"customer":"cus_nobody","customer_email":"nobody@nowhere.example","amount_paid":119000,"total":119000,"subtotal":100000,"tax":19000,`+
		`"paid":true,"status":"paid","charge":"ch_%s","created":%d,"metadata":{},"lines":{"object":"list","data":[],"has_more":false},"description":%q}}}`,
		id, now, id, id, now, filler)
	mac := hmac.New(sha256.New, []byte(webhookSecret))
	fmt.Fprintf(mac, "%d.", now)
	mac.Write(body)
	header := http.Header{"Content-Type": {"application/json"}, "Stripe-Signature": {fmt.Sprintf("t=%d,v1=%s", now, hex.EncodeToString(mac.Sum(nil)))}}
	return post(base, "/hooks/stripe", "127.0.0.1", header, body)
}

var filler = strings.Repeat("What stands in the other fields of an invoice. ", 50)
