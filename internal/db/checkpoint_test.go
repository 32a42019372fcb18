package db_test

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"goodword/internal/db"
)

// The log is begun anew from time to time although somebody is always reading; else it grows, and with it each look-up's cost.
func TestCheckpoint_KeepsUpWithConstantReading(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "goodword.db")
	d, err := db.Open(t.Context(), "sqlite:"+path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	if _, err := d.Writer().ExecContext(t.Context(), "CREATE TABLE line (id INTEGER PRIMARY KEY, text TEXT NOT NULL)"); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	var readers sync.WaitGroup
	for range 8 {
		readers.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				var n int
				if err := d.Reader().QueryRowContext(t.Context(), "SELECT count(*) FROM line").Scan(&n); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	defer readers.Wait()
	defer close(done)

	began := map[uint32]bool{}
	for deadline := time.Now().Add(time.Minute); len(began) < 3; {
		if time.Now().After(deadline) {
			t.Fatalf("the log was begun %d times in a minute", len(began))
		}
		if _, err := d.Writer().ExecContext(t.Context(), "INSERT INTO line (text) VALUES ('one more')"); err != nil {
			t.Fatal(err)
		}
		log, err := os.Open(path + "-wal")
		if err != nil {
			t.Fatal(err)
		}
		head := make([]byte, 16)
		if _, err := log.ReadAt(head, 0); err != nil {
			t.Fatal(err)
		}
		size, err := log.Stat()
		if err != nil {
			t.Fatal(err)
		}
		if err := log.Close(); err != nil {
			t.Fatal(err)
		}
		if size.Size() > 48<<20 { // at 64 MB SQLite begins to try by itself
			t.Fatalf("the log has grown to %d bytes and was begun %d times", size.Size(), len(began))
		}
		began[binary.BigEndian.Uint32(head[12:])] = true // the checkpoint sequence number (sqlite.org/fileformat2.html)
	}
}
