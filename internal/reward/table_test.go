package reward_test

import (
	"slices"
	"strings"
	"testing"

	"goodword/internal/campaign"
	"goodword/internal/fault"
	"goodword/internal/reward"
)

// rewardTable is section 4.2 of the trust bar, written down a second time: "state: event target, …".
const rewardTable = `
pending: hold held, approve approved, adjust pending, reverse reversed
held: release pending, adjust held, reverse reversed
approved: issue issuing, hold held, adjust approved, reverse reversed, expire expired
issuing: settle issued, fail failed
failed: issue issuing, hold held, adjust failed, reverse reversed, expire expired
issued: redeem redeemed, void_unused reversed, reverse clawback, expire expired
redeemed: reverse clawback
clawback: recover recovered, write_off written_off, reinstate issued
reversed:
expired:
recovered:
written_off:
`

// payoutTable is section 4.3.
const payoutTable = `
queued: claim sending, cancel cancelled
sending: ok settled, definite_4xx refused, no_answer unknown, http_5xx unknown, http_409 unknown, lease_lost unknown, http_429 queued
unknown: retry_same_key_ok settled, retry_same_key_4xx refused, found_by_list settled, webhook_match settled, absent_and_key_dead queued, operator_absent_confirm queued
refused: requeue_new_epoch queued, cancel cancelled, webhook_match settled
settled: reversal_request reversing, rail_reversed_event reversed
reversing: reversal_ok reversed, reversal_partial part_reversed, reversal_refused settled
part_reversed: reversal_request reversing, rail_reversed_event reversed
reversed:
cancelled: webhook_match settled
`

func parseTable(text string) map[string]map[string]string {
	table := map[string]map[string]string{}
	for line := range strings.SplitSeq(strings.TrimSpace(text), "\n") {
		from, rest, _ := strings.Cut(line, ":")
		table[from] = map[string]string{}
		for pair := range strings.SplitSeq(strings.TrimSpace(rest), ", ") {
			if event, to, ok := strings.Cut(pair, " "); ok {
				table[from][event] = to
			}
		}
	}
	return table
}

// Every legal transition of 4.2 leads where it says, and the other 141 pairs are refused with a typed error (M10).
func TestNext_FollowsTheTableOfRewards(t *testing.T) {
	t.Parallel()
	table := parseTable(rewardTable)
	if len(table) != len(reward.States) {
		t.Fatalf("%d states in the code, %d in the table", len(reward.States), len(table))
	}
	legal, illegal := 0, 0
	for _, from := range reward.States {
		for _, e := range reward.Events {
			// A transfer can be neither used nor voided: see the next test.
			r := reward.Reward{State: from, Rail: campaign.RailPromotionCode, IssuedMinor: 100, StateBefore: reward.Issued}
			if from == reward.Issued && e == reward.Reverse {
				r.Rail = campaign.RailTransfer
			}
			to, err := r.Next(e)
			want, ok := table[string(from)][string(e)]
			switch {
			case ok && (err != nil || string(to) != want):
				t.Errorf("%s in %s = %q, %v; want %s", e, from, to, err, want)
			case !ok && !fault.Is(err, fault.Conflict):
				t.Errorf("%s in %s = %q, %v; want Conflict", e, from, to, err)
			}
			if ok {
				legal++
			} else {
				illegal++
			}
		}
	}
	if legal != 27 || illegal != 141 {
		t.Errorf("%d legal and %d illegal pairs, want 27 and 141", legal, illegal)
	}
}

// What depends on the rail: only codes and credit can be voided or used once issued, and must be voided before they become a
// receivable; a gift code does not expire, because its value left with the settlement; reinstate goes back to where the clawback came from.
func TestNext_DependsOnTheRail(t *testing.T) {
	t.Parallel()
	for _, rail := range campaign.Rails() {
		r := reward.Reward{State: reward.Issued, Rail: rail, IssuedMinor: 100}
		lapses := rail == campaign.RailPromotionCode || rail == campaign.RailInvoiceCredit
		voidable := lapses || rail == campaign.RailGiftCode || rail == campaign.RailDonation
		for e, want := range map[reward.Event]bool{
			reward.VoidUnused: voidable, reward.Expire: lapses, reward.Reverse: !voidable, reward.Redeem: voidable,
		} {
			if _, err := r.Next(e); (err == nil) != want {
				t.Errorf("%s of an issued %s: %v, want allowed %t", e, rail, err, want)
			}
		}
	}
	netted := reward.Reward{State: reward.Issued, Rail: campaign.RailInvoiceCredit}
	if to, err := netted.Next(reward.Reverse); err != nil || to != reward.Clawback {
		t.Errorf("reverse of a reward that only paid a debt = %s, %v; want clawback", to, err)
	}
	for before, want := range map[reward.State]bool{reward.Issued: true, reward.Redeemed: true, reward.Pending: false, "": false} {
		r := reward.Reward{State: reward.Clawback, StateBefore: before}
		if to, err := r.Next(reward.Reinstate); (err == nil) != want || want && to != before {
			t.Errorf("reinstate to %q = %q, %v; want allowed %t", before, to, err, want)
		}
	}
}

// Every legal transition of 4.3, and the other pairs refused (M4, M5, M29).
func TestNextPayout_FollowsTheTableOfPayouts(t *testing.T) {
	t.Parallel()
	table := parseTable(payoutTable)
	if len(table) != len(reward.PayoutStates) {
		t.Fatalf("%d states in the code, %d in the table", len(reward.PayoutStates), len(table))
	}
	legal := 0
	for _, from := range reward.PayoutStates {
		for _, e := range reward.PayoutEvents {
			to, err := reward.NextPayout(from, e)
			want, ok := table[string(from)][string(e)]
			switch {
			case ok && (err != nil || string(to) != want):
				t.Errorf("%s in %s = %q, %v; want %s", e, from, to, err, want)
			case !ok && !fault.Is(err, fault.Conflict):
				t.Errorf("%s in %s = %q, %v; want Conflict", e, from, to, err)
			}
			if ok {
				legal++
			}
		}
	}
	events := map[string]bool{}
	for _, row := range table {
		for e := range row {
			events[e] = true
		}
	}
	if pairs := len(reward.PayoutStates) * len(reward.PayoutEvents); legal != 26 || pairs-legal != 163 || len(events) != len(reward.PayoutEvents) {
		t.Errorf("%d legal of %d pairs, want 26 and 163 to refuse", legal, pairs)
	}
}

// Every state is reachable, and none is stuck: from each a final or resting state can be reached.
func TestTables_ReachEveryStateAndLeaveNoneStuck(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		table, start string
		rest         []string
	}{
		"reward": {rewardTable, "pending", []string{"redeemed", "issued"}},
		"payout": {payoutTable, "queued", []string{"settled"}},
	} {
		table := parseTable(c.table)
		reached := map[string]bool{c.start: true}
		for todo := []string{c.start}; len(todo) > 0; todo = todo[1:] {
			for _, to := range table[todo[0]] {
				if !reached[to] {
					reached[to] = true
					todo = append(todo, to)
				}
			}
		}
		if len(reached) != len(table) {
			t.Errorf("%s: %d of %d states are reachable", name, len(reached), len(table))
		}
		for from := range table {
			if !ends(table, from, c.rest, nil) {
				t.Errorf("%s: %s leads nowhere", name, from)
			}
		}
	}
}

func ends(table map[string]map[string]string, from string, rest, seen []string) bool {
	if len(table[from]) == 0 || slices.Contains(rest, from) {
		return true
	}
	for _, to := range table[from] {
		if !slices.Contains(seen, to) && to != from && ends(table, to, rest, append(seen, from)) {
			return true
		}
	}
	return false
}

func TestPayout_KeyHasTheFormThatRailsExpect(t *testing.T) {
	t.Parallel()
	p := reward.Payout{ID: "0199aaaa-bbbb-7ccc-8ddd-eeeeeeeeeeee", Epoch: 3}
	if got, want := p.Key(), "po_0199aaaabbbb7ccc8dddeeeeeeeeeeee:3"; got != want {
		t.Errorf("Key() = %q, want %q", got, want)
	}
}
