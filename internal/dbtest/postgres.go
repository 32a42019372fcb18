package dbtest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// serverVariable names a superuser's address of a PostgreSQL to use instead of starting one.
const serverVariable = "GOODWORD_TEST_POSTGRES"

const (
	databasePrefix = "goodword_test_"
	templateLock   = 4663968
	leftoverAfter  = 2 * time.Hour // longer than any test run
)

// PostgresURL returns the address of a migrated PostgreSQL database that is dropped with the test.
func PostgresURL(t testing.TB) string {
	t.Helper()
	admin, template, err := postgresTemplate()
	if err != nil {
		t.Fatal(err)
	}
	return createDatabase(t, admin, template)
}

// EmptyPostgresURL returns the address of a PostgreSQL database without any table, dropped with the test.
func EmptyPostgresURL(t testing.TB) string {
	t.Helper()
	admin, err := server()
	if err != nil {
		t.Fatal(err)
	}
	return createDatabase(t, admin, "template0")
}

func createDatabase(t testing.TB, admin, template string) string {
	t.Helper()
	name := fmt.Sprintf("%s%d_%08x", databasePrefix, time.Now().Unix(), rand.Uint32())
	if err := execute(admin, "CREATE DATABASE "+name+" TEMPLATE "+template); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := execute(admin, "DROP DATABASE "+name+" WITH (FORCE)"); err != nil {
			t.Error(err)
		}
	})
	u, err := withDatabase(admin, name)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// postgresTemplate makes the migrated database that tests copy, once for all test processes.
func postgresTemplate() (admin, template string, err error) {
	admin, err = server()
	if err != nil {
		return "", "", err
	}
	template, err = templateOnce()
	return admin, template, err
}

var templateOnce = sync.OnceValues(func() (string, error) {
	admin, err := server()
	if err != nil {
		return "", err
	}
	version, err := schemaVersion()
	if err != nil {
		return "", err
	}
	name := "goodword_template_" + version
	return name, withConn(admin, func(ctx context.Context, c *pgx.Conn) error {
		// The lock ends with the connection.
		if _, err := c.Exec(ctx, "SELECT pg_advisory_lock($1)", templateLock); err != nil {
			return err
		}
		if err := dropLeftovers(ctx, c); err != nil {
			return err
		}
		var exists bool
		if err := c.QueryRow(ctx, "SELECT EXISTS (SELECT 1 FROM pg_database WHERE datname = $1)", name).Scan(&exists); err != nil || exists {
			return err
		}
		// A template appears under its name only when it is complete.
		making := name + "_making"
		if _, err := c.Exec(ctx, "DROP DATABASE IF EXISTS "+making+" WITH (FORCE)"); err != nil {
			return err
		}
		if _, err := c.Exec(ctx, "CREATE DATABASE "+making+" TEMPLATE template0"); err != nil {
			return err
		}
		u, err := withDatabase(admin, making)
		if err != nil {
			return err
		}
		if err := migrate(u); err != nil {
			return err
		}
		_, err = c.Exec(ctx, "ALTER DATABASE "+making+" RENAME TO "+name)
		return err
	})
})

// dropLeftovers removes databases of test processes that were killed.
func dropLeftovers(ctx context.Context, c *pgx.Conn) error {
	rows, err := c.Query(ctx, "SELECT datname FROM pg_database WHERE datname LIKE $1", databasePrefix+"%")
	if err != nil {
		return err
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return err
	}
	for _, name := range names {
		made, _, _ := strings.Cut(strings.TrimPrefix(name, databasePrefix), "_")
		at, err := strconv.ParseInt(made, 10, 64)
		if err != nil || time.Since(time.Unix(at, 0)) < leftoverAfter {
			continue
		}
		if _, err := c.Exec(ctx, "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)"); err != nil {
			return err
		}
	}
	return nil
}

func withDatabase(address, name string) (string, error) {
	u, err := url.Parse(address)
	if err != nil {
		return "", fmt.Errorf("%s: %w", serverVariable, err)
	}
	u.Path = "/" + name
	return u.String(), nil
}

func execute(address, sql string) error {
	return withConn(address, func(ctx context.Context, c *pgx.Conn) error {
		_, err := c.Exec(ctx, sql)
		return err
	})
}

func withConn(address string, fn func(ctx context.Context, c *pgx.Conn) error) error {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	c, err := pgx.Connect(ctx, address)
	if err != nil {
		return err
	}
	return errors.Join(fn(ctx, c), c.Close(ctx))
}

// server returns the superuser's address of the PostgreSQL under test.
var server = sync.OnceValues(func() (string, error) {
	if u := os.Getenv(serverVariable); u != "" {
		return u, nil
	}
	dir, err := sharedDir()
	if err != nil {
		return "", err
	}
	s := cluster{dir: filepath.Join(dir, "postgres")}
	if err := s.owner(); err != nil {
		return "", err
	}
	// Several test processes start at once; one of them starts the server, and it stays for the next run.
	err = locked(filepath.Join(dir, "postgres.lock"), s.ensure)
	return s.address(), err
})

// cluster is a throw-away PostgreSQL of this user, reachable by its socket only.
type cluster struct {
	dir string
	as  []string // the command that gives up root, which PostgreSQL refuses to run under
	uid int      // -1 unless as is set
	gid int
}

func (s *cluster) data() string { return filepath.Join(s.dir, "data") }

func (s *cluster) address() string {
	return "postgres:///postgres?host=" + url.QueryEscape(s.dir) + "&user=postgres&sslmode=disable"
}

func (s *cluster) owner() error {
	s.uid, s.gid = -1, -1
	if os.Getuid() != 0 {
		return nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		return fmt.Errorf("the tests run as root, and PostgreSQL does not: install Debian's package postgresql (it brings the user postgres), run the tests as another user, or set %s: %w", serverVariable, err)
	}
	if s.uid, err = strconv.Atoi(u.Uid); err != nil {
		return err
	}
	if s.gid, err = strconv.Atoi(u.Gid); err != nil {
		return err
	}
	s.as = []string{"setpriv", "--reuid=" + u.Uid, "--regid=" + u.Gid, "--clear-groups"}
	return nil
}

func (s *cluster) ensure() error {
	if s.answers() == nil {
		return nil
	}
	bin, err := binaries()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return err
	}
	if s.uid >= 0 {
		if err := os.Chown(s.dir, s.uid, s.gid); err != nil {
			return err
		}
	}
	if _, err := os.Stat(filepath.Join(s.data(), "PG_VERSION")); err == nil {
		if err := s.start(bin); err == nil {
			return nil
		}
		// Without fsync a crash of the machine may leave a broken cluster, and so may another version's binaries.
	}
	if err := os.RemoveAll(s.data()); err != nil {
		return err
	}
	if err := s.run(filepath.Join(bin, "initdb"), "--pgdata="+s.data(), "--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"); err != nil {
		return err
	}
	return s.start(bin)
}

func (s *cluster) answers() error {
	return withConn(s.address(), func(ctx context.Context, c *pgx.Conn) error { return c.Ping(ctx) })
}

func (s *cluster) start(bin string) error {
	options := []string{
		"-c listen_addresses=''",
		"-c unix_socket_directories='" + s.dir + "'",
		"-c max_connections=400",
		"-c shared_buffers=128MB",
		"-c fsync=off", "-c synchronous_commit=off", "-c full_page_writes=off",
		"-c autovacuum=off", // it would hold the template and every dropped database
		"-c max_wal_size=512MB",
		"-c jit=off",
	}
	err := s.run(filepath.Join(bin, "pg_ctl"), "start", "--pgdata="+s.data(), "--log="+filepath.Join(s.dir, "log"),
		"--wait", "--silent", "--options="+strings.Join(options, " "))
	if err != nil {
		return err
	}
	return s.answers()
}

// run never gives the command a pipe of ours: the server would keep it open, and `go test` would wait for it.
func (s *cluster) run(name string, args ...string) error {
	out, err := os.CreateTemp("", "goodword-postgres-")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(out.Name()) }()
	defer func() { _ = out.Close() }()
	line := append(append([]string{}, s.as...), append([]string{name}, args...)...)
	cmd := exec.Command(line[0], line[1:]...)
	cmd.Dir = s.dir
	cmd.Stdout, cmd.Stderr = out, out
	// The developer's own PGDATA, PGPORT and the like must not leak in.
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

// binaries finds the folder with initdb, pg_ctl and postgres, the newest version first.
func binaries() (string, error) {
	var dirs []string
	for _, pattern := range []string{"/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql@*/bin", "/usr/local/opt/postgresql@*/bin"} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			return "", err
		}
		for i := len(found) - 1; i >= 0; i-- {
			dirs = append(dirs, found[i])
		}
	}
	dirs = append(dirs, filepath.SplitList(os.Getenv("PATH"))...)
	for _, dir := range dirs {
		complete := true
		for _, name := range []string{"initdb", "pg_ctl", "postgres"} {
			if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
				complete = false
			}
		}
		if complete {
			return dir, nil
		}
	}
	how := "install PostgreSQL 13 or later"
	if runtime.GOOS == "linux" {
		how = "install PostgreSQL 13 or later (Debian: apt-get install postgresql)"
	}
	return "", fmt.Errorf("the tests need PostgreSQL and found no initdb, pg_ctl and postgres: %s, put them on the PATH, or set %s to a superuser's address", how, serverVariable)
}
