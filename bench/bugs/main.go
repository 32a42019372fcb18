// Command bugs shows that the tests have power: it builds the program once for each bug that is kept behind a build tag, runs
// the tests that must notice it, and prints what came of it. The honest program goes first and must pass them all.
//
// A bug is a file bug_NAME.go beside the honest one whose place it takes; without the tag nothing of it is compiled.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"time"
)

// suite is a test of one package.
type suite struct{ name, pkg, run string }

var (
	seeds   = suite{"seeds", "./internal/billing", "TestSeeds_EveryPayoutOnce"}
	fence   = suite{"fence", "./internal/reward", "TestSend_(PausedWorkerIsFenced|AnswerToAnOldKeyIsFenced)"}
	webhook = suite{"webhook", "./internal/billing", "TestWebhook_"}
	levels  = suite{"levels", "./internal/introduction", "TestRefundsAndDisputes_EveryOrderEndsAlike"}
	caps    = suite{"caps", "./internal/reward", "TestAccrue_BudgetIsNeverOverrun/postgres"}
	once    = suite{"once", "./internal/ledger", "TestPost_TwentyAtOnce.*/postgres"}
	amounts = suite{"amounts", "./internal/money", "."}
)

// bug is a mistake that was made on purpose, by its tag without "bug_".
type bug struct {
	tag, is string
	suite   suite
}

var bugs = []bug{
	{"random_key", "a random key for each try", seeds},
	{"timeout_refused", "a timeout is a failure", seeds},
	{"500_refused", "an error of the server is a failure", seeds},
	{"key_per_send", "a new key for each retry", seeds},
	{"key_forever", "blind to the end of keys", seeds},
	{"one_lookup", "one look-up, then a new key", seeds},
	{"search_lookup", "looked up by search", seeds},
	{"time_window", "looked up in the last hour only", seeds},
	{"settled_first", "settled before the call", seeds},
	{"parameter_drift", "other parameters under the same key", seeds},
	{"no_fence", "whoever wakes up may write", fence},
	{"select_then_insert", "looked for first, then inserted", once},
	{"budget_unlocked", "the budget is read without a lock", caps},
	{"last_event_wins", "the last event about a refund wins", levels},
	{"delta_refund", "refunds are added up", levels},
	{"ack_before_store", "acknowledged before it is stored", webhook},
	{"empty_secret", "an empty secret signs", webhook},
	{"future_signature", "a signature of tomorrow counts", webhook},
	{"float_rounding", "percentages in fractions, rounded", amounts},
}

func main() {
	many := flag.Int("seeds", 60, "seeds that a bug has to survive to go unnoticed")
	first := flag.Uint64("seed", 1, "the first of them")
	only := flag.String("only", "", "bugs, with commas")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, settings{many: *many, first: *first}, strings.Split(*only, ","))
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bugs:", err)
		os.Exit(1)
	}
}

type settings struct {
	many  int
	first uint64
}

func run(ctx context.Context, s settings, only []string) error {
	if err := complete(); err != nil {
		return err
	}
	var honest []string
	for _, b := range bugs {
		if only[0] == "" && !slices.Contains(honest, b.suite.name) {
			honest = append(honest, b.suite.name)
			if v := s.try(ctx, "", b.suite); !v.passed {
				return fmt.Errorf("the honest program fails %s:\n%s", b.suite.name, v.said)
			}
			fmt.Printf("honest passes %s\n", b.suite.name)
		}
	}
	const line = "%-19s %-38s %-8s %-7s %-13s %s\n"
	fmt.Printf(line, "bug", "what it does", "suite", "caught", "seeds needed", "took")
	caught, tried := 0, 0
	for _, b := range bugs {
		if only[0] != "" && !slices.Contains(only, b.tag) {
			continue
		}
		began := time.Now()
		v := s.try(ctx, "bug_"+b.tag, b.suite)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if v.broken {
			return fmt.Errorf("%s does not build or run:\n%s", b.tag, v.said)
		}
		tried++
		verdict, needed := "NO", "–"
		if !v.passed {
			caught++
			verdict, needed = "yes", v.needed
		}
		fmt.Printf(line, b.tag, b.is, b.suite.name, verdict, needed, time.Since(began).Round(time.Second))
	}
	fmt.Printf("%d of %d bugs are caught\n", caught, tried)
	if caught < tried {
		return errors.New("a bug went unnoticed")
	}
	return nil
}

// verdict is what came of one suite.
type verdict struct {
	passed, broken bool
	// needed is how many seeds were played until one failed.
	needed, said string
}

var (
	failed  = regexp.MustCompile(`(?m)^\s*--- FAIL: `)
	atSeed  = regexp.MustCompile(`seed (\d+) of \d+`)
	skipped = regexp.MustCompile(`no tests to run`)
)

func (s settings) try(ctx context.Context, tag string, t suite) verdict {
	args := []string{"test", "-count=1", "-timeout=60m", "-run", t.run}
	if tag != "" {
		args = append(args, "-tags", tag)
	}
	cmd := exec.CommandContext(ctx, "go", append(args, t.pkg)...) //nolint:gosec // the arguments stand above
	cmd.Env = append(os.Environ(), fmt.Sprintf("GOODWORD_SEED=%d", s.first), fmt.Sprintf("GOODWORD_SEEDS=%d", s.many))
	text, err := cmd.CombinedOutput()
	v := verdict{passed: err == nil, needed: "–", said: string(text)}
	v.broken = skipped.Match(text) || err != nil && !failed.Match(text)
	if m := atSeed.FindSubmatch(text); m != nil {
		v.needed = string(m[1])
	}
	return v
}

var tagLine = regexp.MustCompile(`(?m)^//go:build bug_(\w+)$`)

// complete reports a bug that lies in the tree and is not in the table, or the other way round.
func complete() error {
	var found []string
	err := filepath.WalkDir("internal", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasPrefix(d.Name(), "bug_") {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		m := tagLine.FindSubmatch(text)
		if m == nil {
			return fmt.Errorf("%s has no tag", path)
		}
		found = append(found, string(m[1]))
		return nil
	})
	if err != nil {
		return err
	}
	var known []string
	for _, b := range bugs {
		known = append(known, b.tag)
	}
	slices.Sort(found)
	slices.Sort(known)
	if !slices.Equal(found, known) {
		return fmt.Errorf("in the tree are %v, in the table %v", found, known)
	}
	return nil
}
