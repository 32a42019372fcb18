package main

import (
	"context"
	"fmt"
	"net/http"
)

// qr is goal 7: QR images of 512 pixels.
func (b *bench) qr(ctx context.Context) error {
	placements := 2000
	if b.quick {
		placements = 200
	}
	in, err := b.install(ctx, "sqlite", "qr", 1, placements)
	if err != nil {
		return err
	}
	bare := func(ctx context.Context) (*server, error) { return b.startYardstick(ctx) }
	for _, kind := range []string{"png", "svg"} {
		first, err := b.alternate(ctx, "qr first "+kind,
			func(ctx context.Context) (half, error) {
				h, _, err := b.serveAndLoad(ctx, bare, func(s *server) (load, error) {
					return load{url: s.url, connections: 2, want: http.StatusOK, most: placements,
						request: func(c, n int) []byte { return get(s.url, "/bitmap/"+in.placements[n*2+c], from(c, n)) }}, nil
				})
				return h, err
			},
			func(ctx context.Context) (half, error) {
				h, _, err := b.serveAndLoad(ctx, b.productOn(in), func(s *server) (load, error) {
					return load{url: s.url, connections: 2, want: http.StatusOK, most: placements,
						request: func(c, n int) []byte {
							return get(s.url, fmt.Sprintf("/qr/q/%s.%s?size=512", in.placements[n*2+c], kind), from(c, n))
						}}, nil
				})
				return h, err
			})
		if err != nil {
			return err
		}
		// Of the time that one takes, so the inverse of the rate.
		b.out.atMost(result{goal: "7", work: "QR of 512 px for the first time, " + kind, yardstick: perSecond(median(figures(first.yardstick, rate))),
			product: perSecond(median(figures(first.product, rate)))}, 1/first.ratio(rate), 1.5, " ×")
	}
	again, err := b.alternate(ctx, "qr again",
		func(ctx context.Context) (half, error) {
			h, _, err := b.serveAndLoad(ctx, bare, func(s *server) (load, error) {
				return load{url: s.url, want: http.StatusOK, request: func(c, n int) []byte { return get(s.url, "/image", from(c, n)) }}, nil
			})
			return h, err
		},
		func(ctx context.Context) (half, error) {
			h, _, err := b.serveAndLoad(ctx, b.productOn(in), func(s *server) (load, error) {
				return load{url: s.url, want: http.StatusOK, request: func(c, n int) []byte {
					return get(s.url, "/qr/q/"+in.placements[0]+".png?size=512", from(c, n))
				}}, nil
			})
			return h, err
		})
	if err != nil {
		return err
	}
	b.out.atLeast(result{goal: "7", work: "the same again, from the cache", yardstick: perSecond(median(figures(again.yardstick, rate))),
		product: perSecond(median(figures(again.product, rate)))}, again.ratio(rate), 0.6)
	return nil
}
