package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
)

// cluster is a PostgreSQL of our own with everything that makes a commit durable switched on, unlike that of the tests.
type cluster struct {
	dir, bin string
	as       []string // the command that gives up root, which PostgreSQL refuses to run under
}

func startCluster(ctx context.Context, dir string) (*cluster, error) {
	c := &cluster{dir: dir}
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin")
	if err != nil {
		return nil, err
	}
	slices.Reverse(found)
	for _, bin := range append(found, filepath.SplitList(os.Getenv("PATH"))...) {
		if _, err := os.Stat(filepath.Join(bin, "initdb")); err == nil {
			c.bin = bin
			break
		}
	}
	if c.bin == "" {
		return nil, errors.New("the benchmark needs PostgreSQL's initdb and pg_ctl: apt-get install postgresql")
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		return nil, err
	}
	if os.Getuid() == 0 {
		u, err := user.Lookup("postgres")
		if err != nil {
			return nil, fmt.Errorf("PostgreSQL does not run as root: %w", err)
		}
		uid, uerr := strconv.Atoi(u.Uid)
		gid, gerr := strconv.Atoi(u.Gid)
		if err := errors.Join(uerr, gerr); err != nil {
			return nil, err
		}
		if err := os.Chown(dir, uid, gid); err != nil {
			return nil, err
		}
		c.as = []string{"setpriv", "--reuid=" + u.Uid, "--regid=" + u.Gid, "--clear-groups"}
	}
	if err := c.run(ctx, "initdb", "--pgdata="+filepath.Join(dir, "data"), "--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C"); err != nil {
		return nil, err
	}
	options := strings.Join([]string{"-c listen_addresses=''", "-c unix_socket_directories='" + dir + "'", "-c max_connections=100",
		"-c shared_buffers=512MB", "-c max_wal_size=4GB", "-c checkpoint_timeout=30min",
		"-c autovacuum=off", // it would work in one side's time and not in the other's; tables are analysed where it matters
	}, " ")
	return c, c.run(ctx, "pg_ctl", "start", "--pgdata="+filepath.Join(dir, "data"), "--log="+filepath.Join(dir, "log"), "--wait", "--silent", "--options="+options)
}

func (c *cluster) stop() error {
	return c.run(context.Background(), "pg_ctl", "stop", "--pgdata="+filepath.Join(c.dir, "data"), "--mode=fast", "--silent", "--wait")
}

// run gives the command files instead of pipes: the server would keep a pipe open.
func (c *cluster) run(ctx context.Context, name string, args ...string) (err error) {
	out, err := os.CreateTemp("", "goodword-bench-postgres-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.Close(), os.Remove(out.Name())) }()
	line := append(slices.Clone(c.as), append([]string{filepath.Join(c.bin, name)}, args...)...)
	cmd := exec.CommandContext(ctx, line[0], line[1:]...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = c.dir, out, out
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "PG") {
			cmd.Env = append(cmd.Env, v)
		}
	}
	if err := cmd.Run(); err != nil {
		text, rerr := os.ReadFile(out.Name())
		return errors.Join(fmt.Errorf("%s: %w\n%s", name, err, text), rerr)
	}
	return nil
}

func (c *cluster) address(database string) string {
	return "postgres:///" + database + "?host=" + url.QueryEscape(c.dir) + "&user=postgres&sslmode=disable"
}

// exec runs statements in a database, one after the other.
func (c *cluster) exec(ctx context.Context, database string, statements ...string) (err error) {
	conn, err := pgx.Connect(ctx, c.address(database))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close(context.WithoutCancel(ctx))) }()
	for _, s := range statements {
		if _, err := conn.Exec(ctx, s); err != nil {
			return fmt.Errorf("%s: %w", s, err)
		}
	}
	return nil
}
