//go:build prove

package ledger_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"goodword/internal/db"
	"goodword/internal/dbtest"
)

// A million legs: sealed and verified in 120 s and 512 MB, and one flipped cent among them is found.
func TestVerify_MillionLegs(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		const rewards = 250_000 // of four legs each
		million(t, d, rewards)

		start := time.Now()
		if n := seal(t, d); n != rewards+1 {
			t.Fatalf("%d journals sealed", n)
		}
		t.Logf("sealed in %s", time.Since(start))

		start = time.Now()
		sum := wantSound(t, d)
		took, most := time.Since(start), peakMB(t)
		t.Logf("verified %d legs in %s, peak memory of the test %d MB", sum.Legs, took, most)
		if sum.Legs < 1_000_000 || took > 120*time.Second || most > 512 {
			t.Errorf("%d legs in %s with %d MB, want a million in 120 s with 512 MB", sum.Legs, took, most)
		}

		bad := id(t, d, "accrue:r177777")
		untriggered(t, d, "UPDATE ledger_leg SET amount_minor = amount_minor + 1 WHERE journal_id = '"+bad+"' AND number = 3")
		found, _ := verify(t, d)
		if len(found) == 0 || found[0].Row != bad {
			t.Errorf("findings %v, want journal %s", found, bad)
		}
	})
}

// million fills the ledger with one budget and n accruals of one cent, past the triggers.
func million(t *testing.T, d *db.DB, n int) {
	t.Helper()
	post(t, d, authorise("authorise:c:1", int64(n)), accrue("r0", 1))
	var journals, legs, accounts, keys []string
	flush := func() {
		untriggered(t, d, "INSERT INTO ledger_key (key) VALUES "+strings.Join(keys, ","),
			"INSERT INTO ledger_account (name, currency, normal, guarded, balance_minor) VALUES "+strings.Join(accounts, ","),
			"INSERT INTO ledger_leg (journal_id, number, account, currency, side, amount_minor) VALUES "+strings.Join(legs, ","),
			"INSERT INTO ledger_journal (id, key, kind, at, campaign_id, reward_id, actor_kind, legs) VALUES "+strings.Join(journals, ","))
		journals, legs, accounts, keys = journals[:0], legs[:0], accounts[:0], keys[:0]
	}
	for i := 1; i < n; i++ {
		r, j := fmt.Sprintf("r%06d", i), fmt.Sprintf("00000000-0000-7000-8000-%012d", i)
		keys = append(keys, fmt.Sprintf("('accrue:%s')", r))
		accounts = append(accounts, fmt.Sprintf("('L:pending:%s','EUR','C',TRUE,1)", r))
		journals = append(journals, fmt.Sprintf("('%s','accrue:%s','accrue','2026-05-14 09:30:00+00:00','c','%s','system',4)", j, r, r))
		legs = append(legs, fmt.Sprintf("('%[1]s',1,'M:avail:c','EUR','D',1),('%[1]s',2,'M:committed:c','EUR','C',1),('%[1]s',3,'E:rewards:c','EUR','D',1),('%[1]s',4,'L:pending:%[2]s','EUR','C',1)", j, r))
		if len(journals) == 5000 {
			flush()
		}
	}
	flush()
	untriggered(t, d, fmt.Sprintf("UPDATE ledger_account SET balance_minor = CASE name WHEN 'M:avail:c' THEN 0 ELSE %d END WHERE name IN ('M:avail:c', 'M:committed:c', 'E:rewards:c')", n))
	if d.Engine() == db.Postgres {
		untriggered(t, d, "ANALYZE")
	}
}

// peakMB returns the most memory that this process has had.
func peakMB(t *testing.T) int {
	t.Helper()
	b, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(b)) {
		var kb int
		if n, err := fmt.Sscanf(line, "VmHWM: %d kB", &kb); n == 1 && err == nil {
			return kb >> 10
		}
	}
	t.Fatal("no VmHWM")
	return 0
}
