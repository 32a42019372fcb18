package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// build makes the programs from this tree, so that nothing stale is measured.
func (b *bench) build(ctx context.Context) error {
	b.yardstick = filepath.Join(b.dir, "yardstick")
	programs := map[string]string{b.yardstick: "./bench/yardstick"}
	if b.product == "" {
		b.product = filepath.Join(b.dir, "goodword")
		programs[b.product] = "./cmd/goodword"
	}
	for out, pkg := range programs {
		cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-o", out, pkg)
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
		if text, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("build %s: %w\n%s", pkg, err, text)
		}
	}
	return nil
}

// server is a program that answers requests.
type server struct {
	cmd *exec.Cmd
	// url is where it answers; took is the time from its start to its first answer.
	url  string
	took time.Duration
}

// startYardstick starts the yardstick; it prints where it answers.
func (b *bench) startYardstick(ctx context.Context, args ...string) (*server, error) {
	cmd := exec.CommandContext(ctx, b.yardstick, args...)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	began := time.Now()
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	s := &server{cmd: cmd}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		return nil, errors.Join(fmt.Errorf("the yardstick does not start: %w", err), s.stop())
	}
	s.url = strings.TrimSpace(line)
	if err := s.wait(ctx, "/"); err != nil {
		return nil, errors.Join(err, s.stop())
	}
	s.took = time.Since(began)
	return s, nil
}

// startProduct starts `goodword serve` in an installation; path is what it must answer first.
func (b *bench) startProduct(ctx context.Context, in *installation, path string) (*server, error) {
	log, err := os.OpenFile(filepath.Join(in.dir, "log"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	defer func() { _ = log.Close() }() // the child has its own
	cmd := exec.CommandContext(ctx, b.product, "serve")
	cmd.Env, cmd.Stdout, cmd.Stderr = in.environ, log, log
	began := time.Now()
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	s := &server{cmd: cmd, url: in.url}
	if err := s.wait(ctx, path); err != nil {
		return nil, errors.Join(fmt.Errorf("goodword does not start, see %s: %w", log.Name(), err), s.stop())
	}
	s.took = time.Since(began)
	return s, nil
}

// wait returns once the server answers path with 200.
func (s *server) wait(ctx context.Context, path string) error {
	ctx, cancel := context.WithTimeout(ctx, 60*time.Second)
	defer cancel()
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url+path, nil)
		if err != nil {
			return err
		}
		res, err := http.DefaultClient.Do(req)
		if err == nil {
			status := res.StatusCode
			if err := res.Body.Close(); err != nil {
				return err
			}
			if status == http.StatusOK {
				return nil
			}
			return fmt.Errorf("%s answers %d", path, status)
		}
		if !errors.Is(err, syscall.ECONNREFUSED) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Millisecond):
		}
	}
}

// stop ends the program as a supervisor does, and waits for it.
func (s *server) stop() error {
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	if err := s.cmd.Wait(); err != nil {
		return fmt.Errorf("%s: %w", filepath.Base(s.cmd.Path), err)
	}
	return nil
}

// rss returns the program's memory in megabytes.
func (s *server) rss() (float64, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(b)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kb, err := strconv.ParseFloat(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 64)
			return kb / 1024, err
		}
	}
	return 0, errors.New("no VmRSS")
}

// cpu returns the processor time that the program has used so far. Unlike a rate it hardly depends on what else is running.
func (s *server) cpu() (time.Duration, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", s.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	// The name in parentheses may hold anything; what follows it begins with the third field.
	_, rest, _ := strings.Cut(string(b), ") ")
	fields := strings.Fields(rest)
	if len(fields) < 13 {
		return 0, errors.New("no processor time")
	}
	user, uerr := strconv.Atoi(fields[11])
	system, serr := strconv.Atoi(fields[12])
	return time.Duration(user+system) * (time.Second / 100), errors.Join(uerr, serr)
}

// freePort asks the machine for a port; the listener is gone when it is used, which is good enough on a quiet machine.
func freePort() (int, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // it returns at once
	if err != nil {
		return 0, err
	}
	port := ln.Addr().(*net.TCPAddr).Port
	return port, ln.Close()
}
