// Command goodword is the whole product: the server, its workers and the tools around them.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"text/tabwriter"
	_ "time/tzdata" // containers without zone files still know every zone

	"goodword/internal/fault"
)

// command is one word after "goodword".
type command struct {
	name    string
	summary string
	usage   string // what follows the name
	flags   func(*flag.FlagSet) func(ctx context.Context, s *session, args []string) error
}

// session is what a command may use of the outside, so that a test can run one.
type session struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	environ        []string
}

// errUsage makes the exit status 2.
var errUsage = errors.New("wrong usage")

func usagef(format string, args ...any) error {
	return fmt.Errorf("%w: %s", errUsage, fmt.Sprintf(format, args...))
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, &session{stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr, environ: os.Environ()}, os.Args[1:])
	stop()
	os.Exit(code)
}

// run returns the exit status: 0 done, 1 failed, 2 wrong usage.
func run(ctx context.Context, s *session, args []string) int {
	if len(args) == 0 {
		help(s.stderr)
		return 2
	}
	name, args := args[0], args[1:]
	if name == "help" || name == "-h" || name == "--help" {
		if len(args) == 0 {
			help(s.stdout)
			return 0
		}
		name, args = args[0], []string{"--help"}
	}
	i := slices.IndexFunc(commands, func(c command) bool { return c.name == name })
	if i < 0 {
		fmt.Fprintf(s.stderr, "goodword: there is no command %q; see goodword help\n", name)
		return 2
	}
	err := commands[i].run(ctx, s, args)
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
		return 0
	case errors.Is(err, errUsage):
		fmt.Fprintf(s.stderr, "goodword %s: %v; see goodword help %s\n", name, err, name)
		return 2
	}
	fmt.Fprintf(s.stderr, "goodword %s: %s\n", name, sentence(err))
	return 1
}

func (c command) run(ctx context.Context, s *session, args []string) error {
	set := flag.NewFlagSet("goodword "+c.name, flag.ContinueOnError)
	set.SetOutput(s.stdout)
	do := c.flags(set)
	set.Usage = func() {
		fmt.Fprintf(s.stdout, "goodword %s %s\n\n%s.\n", c.name, c.usage, c.summary)
		set.PrintDefaults()
	}
	rest, err := parse(set, args)
	if err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return err
		}
		return usagef("%v", err)
	}
	return do(ctx, s, rest)
}

// parse allows flags before, between and after the words, which package flag alone does not.
func parse(set *flag.FlagSet, args []string) ([]string, error) {
	set.SetOutput(io.Discard)
	var words []string
	for {
		if err := set.Parse(args); err != nil {
			if errors.Is(err, flag.ErrHelp) {
				set.SetOutput(os.Stdout)
				set.Usage()
			}
			return nil, err
		}
		if set.NArg() == 0 {
			return words, nil
		}
		words = append(words, set.Arg(0))
		args = set.Args()[1:]
	}
}

// sentence is one line that says what to do: the visitor's message where there is one, each wrong field, else the cause.
func sentence(err error) string {
	f, ok := errors.AsType[*fault.Error](err)
	if !ok || f.Code == fault.Internal {
		return strings.ReplaceAll(err.Error(), "\n", " ")
	}
	parts := []string{f.Message}
	for _, p := range f.Problems {
		parts = append(parts, p.Field+": "+p.Message)
	}
	if f.Cause != nil {
		parts = append(parts, "("+f.Cause.Error()+")")
	}
	return strings.ReplaceAll(strings.Join(parts, " "), "\n", " ")
}

func help(w io.Writer) {
	fmt.Fprintln(w, "goodword COMMAND [flags]")
	fmt.Fprintln(w)
	t := tabwriter.NewWriter(w, 2, 2, 2, ' ', 0)
	for _, c := range commands {
		fmt.Fprintf(t, "  %s\t%s\n", strings.TrimSpace(c.name+" "+c.usage), c.summary)
	}
	if err := t.Flush(); err != nil {
		return // a closed terminal has nowhere to report it
	}
	fmt.Fprintln(w)
	fmt.Fprintln(w, "Settings come from the environment; goodword doctor prints what is in force. Each also works as NAME_FILE.")
}
