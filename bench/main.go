// Command bench measures Goodword against yardsticks that do the same with nothing around, in one run on one machine: it
// starts a PostgreSQL of its own, alternates yardstick and product, waits for an idle machine before each, and writes the
// median of the rounds' ratios with the bound beside it to bench/results.md. Only ratios of one run count.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// bench is one run.
type bench struct {
	dir    string
	rounds int
	length time.Duration
	rows   int
	quick  bool
	out    *results

	product, yardstick string // the programs
	postgres           *cluster
}

// goal is one line of goals, measured on each engine that it concerns.
type goal struct {
	name string
	run  func(*bench, context.Context) error
}

var goals = []goal{
	{"start", (*bench).start}, {"page", (*bench).page}, {"submit", (*bench).submit}, {"webhook", (*bench).webhook},
	{"qr", (*bench).qr}, {"import", (*bench).imports},
}

func main() {
	quick := flag.Bool("quick", false, "one-second rounds, two of them, few rows: shows that it works, measures nothing")
	rows := flag.Int("rows", 1_000_000, "customers to import")
	length := flag.Duration("length", 4*time.Second, "how long each half of a round lasts")
	rounds := flag.Int("rounds", 5, "rounds, yardstick and product in each")
	only := flag.String("only", "", "goals to measure, with commas: start,page,submit,webhook,qr,import")
	program := flag.String("goodword", "", "a program built before, to measure instead of this tree's")
	out := flag.String("out", "bench/results.md", "file to write")
	flag.Parse()
	b := &bench{rounds: *rounds, length: *length, rows: *rows, quick: *quick, product: *program, out: &results{}}
	if *quick {
		b.rounds, b.length, b.rows = 2, time.Second, min(*rows, 20_000)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := b.run(ctx, strings.Split(*only, ","), *out)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func (b *bench) run(ctx context.Context, only []string, out string) (err error) {
	if b.dir, err = os.MkdirTemp("", "goodword-bench-"); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(b.dir)) }()
	// PostgreSQL may run as another user.
	if err := os.Chmod(b.dir, 0o755); err != nil { //nolint:gosec // nothing in it is secret
		return err
	}
	if err := b.build(ctx); err != nil {
		return err
	}
	if b.postgres, err = startCluster(ctx, filepath.Join(b.dir, "postgres")); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.postgres.stop()) }()
	for _, g := range goals {
		if only[0] != "" && !slices.Contains(only, g.name) {
			continue
		}
		if err := g.run(b, ctx); err != nil {
			err = fmt.Errorf("%s: %w", g.name, err)
			if ctx.Err() != nil {
				return err
			}
			// One goal that cannot be measured leaves the others worth knowing.
			b.out.missed(g.name, err)
		}
	}
	return b.out.write(out, b)
}
