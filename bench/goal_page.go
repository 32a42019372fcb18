package main

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// page is goal 1: the warm introduction, its token looked up, the page rendered, the visit recorded.
func (b *bench) page(ctx context.Context) error {
	for engine, bound := range map[string]float64{"postgres": 0.65, "sqlite": 0.55} {
		introductions := 1000
		if b.quick {
			introductions = 100
		}
		in, err := b.install(ctx, engine, "page", introductions, 0)
		if err != nil {
			return err
		}
		lost := 0
		m, err := b.alternate(ctx, "page "+engine,
			func(ctx context.Context) (half, error) {
				h, _, err := b.serveAndLoad(ctx, b.yardstickOn(in), func(s *server) (load, error) {
					return load{url: s.url, want: 200, request: func(c, n int) []byte {
						return get(s.url, "/page/"+in.hashes[(n*connections+c)%len(in.hashes)], from(c, n))
					}}, nil
				})
				return h, err
			},
			func(ctx context.Context) (half, error) {
				before, err := in.count(ctx, "visit", "1 = 1")
				if err != nil {
					return half{}, err
				}
				h, answered, err := b.serveAndLoad(ctx, b.productOn(in), func(s *server) (load, error) {
					return load{url: s.url, want: 200, request: func(c, n int) []byte {
						return get(s.url, "/i/"+in.prospects[(n*connections+c)%len(in.prospects)], from(c, n))
					}}, nil
				})
				if err != nil {
					return h, err
				}
				after, err := in.count(ctx, "visit", "1 = 1")
				lost += answered - (after - before)
				return h, err
			})
		if err != nil {
			return err
		}
		b.out.atLeast(result{goal: "1", work: "warm introduction, visit recorded, " + engine, yardstick: perSecond(median(figures(m.yardstick, rate))),
			product: perSecond(median(figures(m.product, rate)))}, m.ratio(rate), bound)
		b.out.atMost(result{goal: "1", work: "the same, 99th percentile, " + engine, yardstick: fmt.Sprintf("%.1f ms", median(figures(m.yardstick, p99))),
			product: fmt.Sprintf("%.1f ms", median(figures(m.product, p99)))}, m.ratio(p99), 2, " ×")
		b.out.processor("page "+engine, m)
		b.out.note("%s: of all visits %d were lost after SIGTERM.", engine, lost)
	}
	return nil
}

// start is goal 9: how soon the first page comes, and what an idle process holds.
func (b *bench) start(ctx context.Context) error {
	settle := 3 * time.Second
	if b.quick {
		settle = 500 * time.Millisecond
	}
	observe := func(ctx context.Context, start func(context.Context) (*server, error)) (h half, err error) {
		s, err := start(ctx)
		if err != nil {
			return h, err
		}
		defer func() { err = errors.Join(err, s.stop()) }()
		select {
		case <-ctx.Done():
			return h, ctx.Err()
		case <-time.After(settle):
		}
		h.rate = float64(s.took.Microseconds()) / 1000
		h.extra, err = s.rss()
		return h, err
	}
	for _, engine := range engines {
		in, err := b.install(ctx, engine, "start", 1, 0)
		if err != nil {
			return err
		}
		m, err := b.alternate(ctx, "start "+engine,
			func(ctx context.Context) (half, error) { return observe(ctx, b.yardstickOn(in)) },
			func(ctx context.Context) (half, error) {
				return observe(ctx, func(ctx context.Context) (*server, error) { return b.startProduct(ctx, in, "/i/"+in.prospects[0]) })
			})
		if err != nil {
			return err
		}
		b.out.atMost(result{goal: "9", work: "cold start to the first page, " + engine, yardstick: fmt.Sprintf("%.0f ms", median(figures(m.yardstick, rate))),
			product: fmt.Sprintf("%.0f ms", median(figures(m.product, rate)))}, m.ratio(rate), 3, " ×")
		b.out.atMost(result{goal: "9", work: "idle memory, " + engine, yardstick: fmt.Sprintf("%.0f MB", median(figures(m.yardstick, extra))),
			product: fmt.Sprintf("%.0f MB", median(figures(m.product, extra)))}, m.ratio(extra), 2, " ×")
	}
	return nil
}
