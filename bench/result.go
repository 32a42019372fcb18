package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

// result is one line of the table.
type result struct {
	goal, work         string
	yardstick, product string
	ratio, bound       string
	ok                 bool
	bounded            bool
}

type results struct {
	lines []result
	notes []string
	// busy counts the halves before which the machine did not come to rest.
	busy int
}

func (r *results) add(l result) {
	r.lines = append(r.lines, l)
	fmt.Printf("%s | %s: %s against %s, %s (%s)\n", l.goal, l.work, l.product, l.yardstick, l.ratio, l.bound)
}

// atLeast adds a ratio that must not be smaller than bound; 0 means that it is only shown.
func (r *results) atLeast(l result, ratio, bound float64) {
	l.ratio, l.bound, l.ok, l.bounded = fmt.Sprintf("%.2f", ratio), "≥ "+fmt.Sprintf("%.2f", bound), ratio >= bound, bound > 0
	if bound == 0 {
		l.bound = "shown"
	}
	r.add(l)
}

// atMost adds a figure that must not be greater than bound.
func (r *results) atMost(l result, figure, bound float64, unit string) {
	l.ratio, l.bound, l.ok, l.bounded = fmt.Sprintf("%.2f%s", figure, unit), fmt.Sprintf("≤ %.2g%s", bound, unit), figure <= bound, true
	if bound >= 100 {
		l.ratio, l.bound = fmt.Sprintf("%.0f%s", figure, unit), fmt.Sprintf("≤ %.0f%s", bound, unit)
	}
	r.add(l)
}

func (r *results) note(format string, args ...any) {
	r.notes = append(r.notes, fmt.Sprintf(format, args...))
	fmt.Println(r.notes[len(r.notes)-1])
}

// processor notes how much the servers themselves had to do; the database and the load are not in it.
func (r *results) processor(work string, m measured) {
	r.note("%s: a request takes %.0f µs of the yardstick's processor time and %.0f µs of Goodword's.", work, median(figures(m.yardstick, cpuTime)),
		median(figures(m.product, cpuTime)))
}

func (r *results) missed(goal string, err error) {
	r.note("Not measured: %s (%v).", goal, err)
}

func (r *results) write(file string, b *bench) error {
	var out bytes.Buffer
	fmt.Fprintf(&out, "# Goodword against its yardsticks\n\n")
	fmt.Fprintf(&out, "%d processors, %s, %s; %d rounds of %s a side, medians of the rounds' ratios. Load generator, database and program share the machine; only ratios of one run count.\n\n",
		runtime.NumCPU(), runtime.Version(), strings.TrimSpace(version(b.postgres)), b.rounds, b.length)
	if b.quick {
		fmt.Fprintf(&out, "**A quick run: it shows that everything works and measures nothing.**\n\n")
	}
	fmt.Fprintf(&out, "| goal | work | yardstick | Goodword | ratio | bound | |\n|---|---|---|---|---|---|---|\n")
	for _, l := range r.lines {
		verdict := "–"
		if l.bounded {
			verdict = map[bool]string{true: "met", false: "**missed**"}[l.ok]
		}
		fmt.Fprintf(&out, "| %s | %s | %s | %s | %s | %s | %s |\n", l.goal, l.work, l.yardstick, l.product, l.ratio, l.bound, verdict)
	}
	if r.busy > 0 {
		r.note("Before %d halves of rounds the machine did not come to rest.", r.busy)
	}
	for _, n := range r.notes {
		fmt.Fprintf(&out, "\n- %s", n)
	}
	fmt.Fprintln(&out)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil { //nolint:gosec // a report for everybody
		return err
	}
	return os.WriteFile(file, out.Bytes(), 0o644) //nolint:gosec // a report for everybody
}

func version(c *cluster) string {
	out, err := exec.Command(filepath.Join(c.bin, "postgres"), "--version").Output() //nolint:noctx // it returns at once
	if err != nil {
		return "PostgreSQL"
	}
	return string(out)
}

func perSecond(v float64) string { return fmt.Sprintf("%.0f/s", v) }
