package apptest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"goodword/internal/app"
	"goodword/internal/config"
	"goodword/internal/db"
)

// roleVariable makes a test binary a server; its settings are in the environment beside it.
const roleVariable = "APPTEST_PROCESS"

// listenerFD is where a process finds the socket that it is to serve.
const listenerFD = 3

// Main is what TestMain of a package calls that starts a Fleet: the processes are the test binary itself, started again.
// prepare changes what a process has put together before it runs; it may be nil.
func Main(m *testing.M, prepare func(*app.App)) {
	if os.Getenv(roleVariable) == "" {
		os.Exit(m.Run())
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	go outlived()
	err := serve(ctx, prepare)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "process:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// outlived ends the process when the test is gone, also when it was killed: the other end of the pipe goes with it.
func outlived() {
	if _, err := io.Copy(io.Discard, os.Stdin); err == nil {
		os.Exit(1)
	}
}

// serve is the command serve, with a clock that follows the offset in the database.
func serve(ctx context.Context, prepare func(*app.App)) (err error) {
	cfg, err := config.Load(os.Environ())
	if err != nil {
		return err
	}
	log := slog.New(slog.NewJSONHandler(os.Stderr, &slog.HandlerOptions{Level: cfg.LogLevel}))
	if cfg.SQLite() {
		release, err := lock(ctx, cfg)
		if err != nil {
			return err
		}
		defer release()
	}
	ln, err := net.FileListener(os.NewFile(listenerFD, "listener"))
	if err != nil {
		return err
	}
	a, err := app.New(ctx, cfg, app.Options{Log: log, MovableClock: true})
	if err != nil {
		return errors.Join(err, ln.Close())
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	if prepare != nil {
		prepare(a)
	}
	return a.Serve(ctx, app.Listening{Work: true, Listener: ln, Ready: func(net.Addr) { fmt.Println("ready") }})
}

// lock takes the file for this process and looks it over if the last one was killed, as the command does.
func lock(ctx context.Context, cfg *config.Config) (release func(), err error) {
	path := strings.TrimPrefix(cfg.DatabaseURL, "sqlite:")
	unclean, err := db.Unclean(path)
	if err != nil {
		return nil, err
	}
	release, err = db.LockServe(path)
	if err != nil || !unclean {
		return release, err
	}
	d, err := db.Open(ctx, cfg.DatabaseURL)
	if err == nil {
		err = errors.Join(d.Check(ctx), d.Close())
	}
	if err != nil {
		release()
		return nil, err
	}
	return release, nil
}

// Fleet is an installation whose requests and jobs are served by processes of their own, which can be killed. World.App is
// for the test itself: it works no job. Business time goes on with the wall clock and is moved by Pass; everything that is
// due is found by the processes' own sweeps.
type Fleet struct {
	*World
	processes []*Process
}

// NewFleet sets up an installation for n processes, none of which is started. SQLite allows one.
func NewFleet(t *testing.T, databaseURL string, n int, opts ...Option) *Fleet {
	t.Helper()
	s := setup{seed: 1}
	for _, o := range opts {
		o(&s)
	}
	f := &Fleet{World: &World{T: t, running: true, log: &record{}}}
	f.stripe(s)
	for range n {
		ln, err := (&net.ListenConfig{}).Listen(f.Context(), "tcp", "127.0.0.1:0")
		f.Must(err)
		// The socket outlives every process, so that its address stays and nobody else can take it.
		file, err := ln.(*net.TCPListener).File()
		f.Must(errors.Join(err, ln.Close()))
		p := &Process{f: f, socket: file, URL: "http://" + ln.Addr().String()}
		f.processes = append(f.processes, p)
		t.Cleanup(func() { f.Must(file.Close()) })
		t.Cleanup(p.Kill)
	}
	f.URL = f.processes[0].URL
	environ := f.settings(s, databaseURL)
	for _, p := range f.processes {
		p.environ = append(slices.Clone(environ), roleVariable+"=1", "HOME="+os.Getenv("HOME"), "PATH="+os.Getenv("PATH"), "TMPDIR="+os.TempDir())
	}
	f.wire(environ)
	f.Sim.PointWebhooksAt(f.URL + "/hooks/stripe")
	return f
}

// Process returns one of the processes.
func (f *Fleet) Process(n int) *Process { return f.processes[n] }

// Pass lets business time pass for the application and for Stripe. Running processes notice within a second.
func (f *Fleet) Pass(d time.Duration) {
	f.T.Helper()
	f.mu.Lock()
	f.moved += d
	moved := f.moved
	f.mu.Unlock()
	f.Must(f.App.Settings.SetClockOffset(f.Context(), moved))
}

// Until waits until done reports true; the test fails if that takes too long.
func (f *Fleet) Until(what string, done func() bool) {
	f.T.Helper()
	ctx := f.Context()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !done() {
		select {
		case <-ctx.Done():
			f.T.Fatalf("waited too long for: %s\n%s", what, f.stacks())
		case <-tick.C:
		}
	}
}

// tail is the end of what the processes have logged.
func (f *Fleet) tail() string {
	lines := strings.Split(f.Log(), "\n")
	return strings.Join(lines[max(0, len(lines)-20):], "\n")
}

// stacks lets the processes end by saying what each of their goroutines waits for.
func (f *Fleet) stacks() string {
	said := f.tail()
	for _, p := range f.processes {
		if p.cmd == nil || p.cmd.Process.Signal(syscall.SIGQUIT) != nil {
			continue
		}
		before := len(f.Log())
		_ = p.cmd.Wait() // it ends with a failure, which is not the one to report
		p.cmd = nil
		said += "\n" + f.Log()[before:]
	}
	return said
}

// Process is one server of a Fleet.
type Process struct {
	// URL is where it answers, without a slash at the end. While it is down, connections wait for the next start.
	URL string

	f       *Fleet
	socket  *os.File
	environ []string
	cmd     *exec.Cmd
	ready   chan struct{}
}

// Start begins a process without waiting until it serves.
func (p *Process) Start() {
	p.f.T.Helper()
	binary, err := os.Executable()
	p.f.Must(err)
	p.cmd = exec.Command(binary)
	p.cmd.Env, p.cmd.ExtraFiles = p.environ, []*os.File{p.socket}
	_, err = p.cmd.StdinPipe() // only to be closed when this process ends
	p.f.Must(err)
	ready := make(chan struct{})
	p.ready, p.cmd.Stdout, p.cmd.Stderr = ready, &announcement{ready: ready}, p.f.log
	p.f.Must(p.cmd.Start())
}

// Ready waits until the process serves.
func (p *Process) Ready() {
	p.f.T.Helper()
	select {
	case <-p.ready:
	case <-p.f.Context().Done():
		p.f.T.Fatalf("the process does not serve\n%s", p.f.stacks())
	}
}

// Serving is closed once the process that was started last serves.
func (p *Process) Serving() <-chan struct{} { return p.ready }

// Kill ends the process as kill -9 does, and returns when it is gone. Without a running process it does nothing.
func (p *Process) Kill() {
	if p.cmd == nil {
		return
	}
	if err := p.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		p.f.T.Errorf("kill: %v", err)
	}
	err := p.cmd.Wait()
	if exit, ok := errors.AsType[*exec.ExitError](err); err != nil && (!ok || !exit.Sys().(syscall.WaitStatus).Signaled()) {
		p.f.T.Errorf("a process ended by itself: %v\n%s", err, p.f.tail())
	}
	p.cmd = nil
}

// Pause stops the process where it stands, as a machine does that swaps or a container that is frozen; Resume lets it go on.
func (p *Process) Pause() { p.signal(syscall.SIGSTOP) }

// Resume lets a paused process go on.
func (p *Process) Resume() { p.signal(syscall.SIGCONT) }

func (p *Process) signal(sig syscall.Signal) {
	p.f.T.Helper()
	p.f.Must(p.cmd.Process.Signal(sig))
}

// announcement closes ready at the first output.
type announcement struct {
	ready chan struct{}
	said  bool
}

func (a *announcement) Write(b []byte) (int, error) {
	if !a.said {
		a.said = true
		close(a.ready)
	}
	return len(b), nil
}
