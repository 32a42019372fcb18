package api_test

import (
	"encoding/csv"
	"net/url"
	"strings"
	"testing"
	"time"

	"goodword/internal/db"
	"goodword/internal/dbtest"
	"goodword/internal/ledger"
	"goodword/internal/money"
	"goodword/internal/staff"
)

// The file of the journal adds up to the accounts and to what is owed.
func TestJournalFile_AddsUpToAccountsAndLiability(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newStage(t, d)
		_, err := ledger.Seal(s.ctx(), d)
		s.must(err)
		key := s.as(staff.Finance)
		read := func(query string) [][]string {
			t.Helper()
			r := s.send("GET", "/ledger/journals.csv"+query, nil, key).want(200)
			if r.Header().Get("Content-Type") != "text/csv; charset=utf-8" || !strings.Contains(r.Header().Get("Content-Disposition"), "journal.csv") {
				t.Errorf("headers %v", r.Header())
			}
			rows, err := csv.NewReader(r.Body).ReadAll()
			s.must(err)
			want := "seq journal_id time kind key leg account debit credit currency reward_id campaign_id introduction_id actor_kind actor_id"
			if got := strings.Join(rows[0], " "); got != want {
				t.Fatalf("columns %s", got)
			}
			return rows[1:]
		}
		rows := read("")
		sums, even, pending := map[string]int64{}, map[string]int64{}, int64(0)
		for _, row := range rows {
			text, sign := row[7], int64(1)
			if text == "" {
				text, sign = row[8], -1
			}
			a, err := money.Parse(text, row[9])
			s.must(err)
			sums[row[6]+" "+row[9]] += sign * a.Minor
			even[row[1]+" "+row[9]] += sign * a.Minor
			if strings.HasPrefix(row[6], "L:pending:") {
				pending -= sign * a.Minor
			}
			if row[3] == "" || row[4] == "" || row[13] == "" {
				t.Errorf("row %v lacks kind, key or actor", row)
			}
		}
		for journal, sum := range even {
			if sum != 0 {
				t.Errorf("journal %s is out by %d", journal, sum)
			}
		}
		accounts, err := ledger.Balances(s.ctx(), d, "")
		s.must(err)
		for _, a := range accounts {
			want := a.BalanceMinor
			if a.Normal == ledger.C {
				want = -want
			}
			if got := sums[a.Name+" "+a.Currency]; got != want {
				t.Errorf("%s: %d in the file, %d in the books", a.Name, got, want)
			}
		}
		owed, err := s.rewards.Liability(s.ctx(), time.Time{})
		s.must(err)
		if len(rows) < 10 || pending == 0 || pending != owed[0].PendingMinor {
			t.Errorf("%d rows, pending %d, want %d", len(rows), pending, owed[0].PendingMinor)
		}

		day := func(at time.Time) string { return url.QueryEscape(at.Format(time.RFC3339)) }
		before := read("?to=" + day(start.Add(24*time.Hour)))
		after := read("?from=" + day(start.Add(24*time.Hour)))
		if len(before) == 0 || len(after) == 0 || len(before)+len(after) != len(rows) {
			t.Errorf("%d rows before, %d after, %d in all", len(before), len(after), len(rows))
		}
		s.send("GET", "/ledger/journals.csv?from=yesterday", nil, key).wantProblem(422, "from")
		s.send("GET", "/ledger/journals.csv?from="+day(start)+"&to="+day(start), nil, key).wantProblem(422, "from")
		s.send("GET", "/ledger/journals.csv", nil, s.as(staff.Marketer)).want(403)
	})
}
