package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
)

// half is what one half of a round has found.
type half struct {
	// rate is what is compared: operations in a second, or any other figure of which both sides have one.
	rate float64
	// p50 and p99 are the latencies, where requests were made.
	p50, p99 time.Duration
	// cpu is the server's processor time for each request.
	cpu time.Duration
	// extra is a further figure, such as memory.
	extra float64
}

// measured is both sides of all rounds.
type measured struct{ yardstick, product []half }

// alternate runs yardstick and product in turn, each on a machine that has come to rest.
func (b *bench) alternate(ctx context.Context, name string, yardstick, product func(context.Context) (half, error)) (measured, error) {
	var m measured
	for n := range b.rounds {
		for _, side := range []struct {
			run func(context.Context) (half, error)
			to  *[]half
		}{{yardstick, &m.yardstick}, {product, &m.product}} {
			if err := b.rest(ctx); err != nil {
				return m, err
			}
			h, err := side.run(ctx)
			if err != nil {
				return m, fmt.Errorf("%s, round %d: %w", name, n+1, err)
			}
			*side.to = append(*side.to, h)
		}
		y, p := m.yardstick[n], m.product[n]
		fmt.Printf("%-28s round %d: yardstick %.0f, product %.0f, ratio %.2f; processor time %s and %s\n", name, n+1, y.rate, p.rate, p.rate/y.rate,
			y.cpu.Round(time.Microsecond), p.cpu.Round(time.Microsecond))
	}
	return m, nil
}

// rest waits until the machine is idle, at most half a minute; then it goes on and says so in the results.
func (b *bench) rest(ctx context.Context) error {
	most := 30 * time.Second
	if b.quick {
		most = time.Second
	}
	const (
		look    = 300 * time.Millisecond
		idleAt  = 0.92
		inARow  = 2
		nothing = 0
	)
	end, quiet := time.Now().Add(most), nothing
	before, err := readCPU()
	if err != nil {
		return err
	}
	for quiet < inARow {
		if time.Now().After(end) {
			b.out.busy++
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(look):
		}
		now, err := readCPU()
		if err != nil {
			return err
		}
		if now.idle-before.idle >= idleAt*(now.total-before.total) {
			quiet++
		} else {
			quiet = nothing
		}
		before = now
	}
	return nil
}

type cpu struct{ idle, total float64 }

// readCPU sums the ticks of all processors since the start of the machine.
func readCPU() (cpu, error) {
	b, err := os.ReadFile("/proc/stat")
	if err != nil {
		return cpu{}, err
	}
	line, _, _ := strings.Cut(string(b), "\n")
	var c cpu
	for i, f := range strings.Fields(line)[1:] {
		n, err := strconv.ParseFloat(f, 64)
		if err != nil {
			return cpu{}, err
		}
		c.total += n
		if i == 3 || i == 4 { // idle and waiting for the disk
			c.idle += n
		}
	}
	return c, nil
}

func median(v []float64) float64 {
	if len(v) == 0 {
		return 0
	}
	s := slices.Sorted(slices.Values(v))
	if n := len(s); n%2 == 0 {
		return (s[n/2-1] + s[n/2]) / 2
	}
	return s[len(s)/2]
}

func figures(halves []half, of func(half) float64) []float64 {
	out := make([]float64, len(halves))
	for i, h := range halves {
		out[i] = of(h)
	}
	return out
}

func rate(h half) float64 { return h.rate }

func p99(h half) float64 { return h.p99.Seconds() * 1000 }

func cpuTime(h half) float64 { return h.cpu.Seconds() * 1e6 }

func extra(h half) float64 { return h.extra }

// ratio is the median over the rounds of product by yardstick.
func (m measured) ratio(of func(half) float64) float64 {
	var out []float64
	for i := range min(len(m.yardstick), len(m.product)) {
		if y := of(m.yardstick[i]); y > 0 {
			out = append(out, of(m.product[i])/y)
		}
	}
	return median(out)
}
