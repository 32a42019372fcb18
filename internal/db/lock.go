package db

import (
	"errors"
	"fmt"
	"os"
	"syscall"

	"goodword/internal/fault"
)

// LockServe takes the lock file beside the SQLite file at path, which at most one serving process holds; the operating
// system lets go of it when the process dies, however it dies. Returns Conflict if another process holds it.
// release marks an orderly end; see Unclean.
func LockServe(path string) (release func(), err error) {
	f, err := lockFile(serveLock(path), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return nil, fault.Wrap(fault.Conflict, "Another process is already serving this database file. Stop it first, or use PostgreSQL to run several.", err)
	}
	if err != nil {
		return nil, fmt.Errorf("lock the database: %w", err)
	}
	if err := os.WriteFile(f.Name(), []byte("serving\n"), 0o640); err != nil {
		return nil, errors.Join(fmt.Errorf("mark the database as served: %w", err), f.Close())
	}
	return func() {
		// If the mark stays, the next start only checks the file once more.
		if f.Truncate(0) == nil {
			unlock(f)
		}
	}, nil
}

// Unclean reports whether the last process that held LockServe ended without releasing it, so that the file should be
// checked (see DB.Check). Ask before LockServe, which sets the mark again.
func Unclean(path string) (bool, error) {
	info, err := os.Stat(serveLock(path))
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("look for the mark of an unclean end: %w", err)
	}
	return info.Size() > 0, nil
}

func serveLock(path string) string { return path + ".lock" }

func lockFile(name string, how int) (*os.File, error) {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_RDWR, 0o640)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), how); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// unlock lets go by closing: the lock belongs to the open file. Nothing was written that a failing close could lose.
func unlock(f *os.File) { _ = f.Close() } // nothing was written; closing gives the lock back
