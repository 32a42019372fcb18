package staff_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"goodword/internal/audit"
	"goodword/internal/db"
	"goodword/internal/dbtest"
	"goodword/internal/fault"
	"goodword/internal/ident"
	"goodword/internal/staff"
)

func TestDisable_HandsOverAndEndsEverything(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		boss := w.member("boss@example.com", staff.Owner)
		rep := w.member("rep@example.com", staff.Rep)
		other := w.member("other@example.com", staff.Rep)
		session, _, err := w.SignIn(w.ctx, rep.Email, password, from)
		w.must(err)
		wantField(t, w.Disable(w.ctx, audit.System("test"), rep.ID, ""), "successor_id")
		wantField(t, w.Disable(w.ctx, audit.System("test"), rep.ID, rep.ID), "successor_id")
		_, err = w.Update(w.ctx, audit.System("test"), rep.ID, staff.Patch{DeputyID: &other.ID}, -1)
		w.must(err)
		_, err = w.Update(w.ctx, audit.System("test"), boss.ID, staff.Patch{DeputyID: &rep.ID}, -1)
		w.must(err)

		w.must(w.Disable(w.ctx, audit.System("test"), rep.ID, ""))
		w.must(w.Disable(w.ctx, audit.System("test"), rep.ID, ""))
		if len(w.moved) != 1 || w.moved[0] != [2]string{rep.ID, other.ID} {
			t.Fatalf("handed over %v", w.moved)
		}
		_, err = w.Authenticate(w.ctx, session)
		wantCode(t, err, fault.Unauthenticated)
		_, _, err = w.SignIn(w.ctx, rep.Email, password, from)
		wantCode(t, err, fault.Unauthenticated)
		if b, err := w.ByID(w.ctx, d, boss.ID); err != nil || b.DeputyID != other.ID {
			t.Fatalf("the boss's deputy is %q, want %q (%v)", b.DeputyID, other.ID, err)
		}
		if n := w.count("SELECT count(*) FROM audit_entry WHERE action = 'staff.disabled'"); n != 1 {
			t.Fatalf("%d audit entries, want 1", n)
		}

		url, err := w.Enable(w.ctx, audit.System("test"), rep.ID)
		w.must(err)
		_, err = w.CompleteSetup(w.ctx, setupToken(url), password, from)
		w.must(err)
	})
}

func TestDisable_RollsBackWithItsHandOver(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		boss, rep := w.member("boss@example.com", staff.Owner), w.member("rep@example.com", staff.Rep)
		broken := w.Deps
		broken.HandOvers = []staff.HandOver{func(context.Context, db.Tx, string, string) error { return errors.New("trouble") }}
		if staff.New(broken).Disable(w.ctx, audit.System("test"), rep.ID, boss.ID) == nil {
			t.Fatal("no error")
		}
		if m, err := w.ByID(w.ctx, d, rep.ID); err != nil || m.State != staff.Active {
			t.Fatalf("state %s, %v", m.State, err)
		}
		if n := w.count("SELECT count(*) FROM audit_entry WHERE action = 'staff.disabled'"); n != 0 {
			t.Fatalf("%d audit entries of an action that was rolled back", n)
		}
	})
}

// Two owners who disable each other at the same moment must not leave the house without one.
func TestDisable_KeepsOneOwner(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		a, b := w.member("a@example.com", staff.Owner), w.member("b@example.com", staff.Owner)
		rep := w.member("rep@example.com", staff.Rep)
		deps := w.Deps
		deps.HandOvers = []staff.HandOver{}
		s := staff.New(deps)
		errs := make([]error, 2)
		var wg sync.WaitGroup
		for i, id := range []string{a.ID, b.ID} {
			wg.Go(func() { errs[i] = s.Disable(w.ctx, audit.System("test"), id, rep.ID) })
		}
		wg.Wait()
		owners := w.count("SELECT count(*) FROM staff WHERE role = 'owner' AND state = 'active'")
		if owners != 1 {
			t.Fatalf("%d owners left, want 1 (%v)", owners, errs)
		}
		last := a
		if errs[0] == nil {
			last = b
		}
		demoted := staff.Rep
		_, err := s.Update(w.ctx, audit.System("test"), last.ID, staff.Patch{Role: &demoted}, -1)
		wantCode(t, err, fault.Conflict)
	})
}

func TestUpdate_RefusesAnOldVersionAndEndsSessionsOfANewRole(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.member("boss@example.com", staff.Owner)
		m := w.member("rep@example.com", staff.Rep)
		session, _, err := w.SignIn(w.ctx, m.Email, password, from)
		w.must(err)
		now, err := w.ByID(w.ctx, d, m.ID)
		w.must(err)
		title := "Sales"
		_, err = w.Update(w.ctx, audit.System("test"), m.ID, staff.Patch{Title: &title}, now.Version)
		w.must(err)
		_, err = w.Update(w.ctx, audit.System("test"), m.ID, staff.Patch{Title: &title}, now.Version)
		wantCode(t, err, fault.Conflict)
		_, err = w.Authenticate(w.ctx, session)
		w.must(err)
		role, taken := staff.Finance, "BOSS@example.com"
		_, err = w.Update(w.ctx, audit.System("test"), m.ID, staff.Patch{Email: &taken}, -1)
		wantCode(t, err, fault.Conflict)
		_, err = w.Update(w.ctx, audit.System("test"), m.ID, staff.Patch{Role: &role}, -1)
		w.must(err)
		_, err = w.Authenticate(w.ctx, session)
		wantCode(t, err, fault.Unauthenticated)
		// The password is no column of a member and survives every edit.
		_, _, err = w.SignIn(w.ctx, m.Email, password, from)
		w.must(err)
	})
}

func TestDeputy_FollowsAbsence(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		a, b, c := w.member("a@example.com", staff.Rep), w.member("b@example.com", staff.Rep), w.member("c@example.com", staff.Rep)
		week := start.Add(7 * 24 * time.Hour)
		for _, p := range []struct {
			id, deputy string
			away       time.Time
		}{{a.ID, b.ID, week}, {b.ID, c.ID, week}, {c.ID, a.ID, time.Time{}}} {
			_, err := w.Update(w.ctx, audit.System("test"), p.id, staff.Patch{DeputyID: &p.deputy, AwayUntil: &p.away}, -1)
			w.must(err)
		}
		want := func(id, acts string) {
			t.Helper()
			got, err := w.Deputy(w.ctx, d, id)
			w.must(err)
			if got.ID != acts {
				t.Fatalf("acts for %s: %s, want %s", id, got.Email, acts)
			}
		}
		want(a.ID, c.ID)
		want(c.ID, c.ID)
		_, err := w.Update(w.ctx, audit.System("test"), c.ID, staff.Patch{AwayUntil: &week}, -1)
		w.must(err)
		want(a.ID, a.ID) // everybody is away, in a circle
		w.clock.add(8 * 24 * time.Hour)
		want(a.ID, a.ID)
		_, err = w.Deputy(w.ctx, d, ident.New())
		wantCode(t, err, fault.NotFound)
	})
}

func TestPermissions_OneTable(t *testing.T) {
	t.Parallel()
	for _, p := range staff.Permissions {
		if !staff.Allowed(staff.Owner, p) {
			t.Errorf("an owner may not %s", p)
		}
		if staff.Allowed("", p) || staff.Allowed("king", p) {
			t.Errorf("an unknown role may %s", p)
		}
	}
	for _, c := range []struct {
		role staff.Role
		p    staff.Permission
		want bool
	}{
		{staff.Viewer, staff.Read, true}, {staff.Viewer, staff.EditOwnCustomers, false}, {staff.Viewer, staff.ReadMoney, false},
		{staff.Rep, staff.WorkIntroductions, true}, {staff.Rep, staff.EditCustomers, false}, {staff.Rep, staff.LaunchCampaigns, false},
		{staff.Rep, staff.DecideRewards, false}, {staff.Marketer, staff.LaunchCampaigns, true}, {staff.Marketer, staff.DecideRewards, false},
		{staff.Marketer, staff.SwitchPayouts, false}, {staff.Finance, staff.SwitchPayouts, true}, {staff.Finance, staff.CloseIntroductions, false},
		{staff.Finance, staff.EditCampaigns, false}, {staff.Finance, staff.ManageStaff, false}, {staff.Marketer, staff.ManageKeys, false},
	} {
		if got := staff.Allowed(c.role, c.p); got != c.want {
			t.Errorf("Allowed(%s, %s) = %v", c.role, c.p, got)
		}
	}
	for _, r := range staff.Roles {
		for _, p := range staff.Granted(r) {
			if !slices.Contains(staff.Permissions, p) {
				t.Errorf("%s is granted %s, which is not listed", r, p)
			}
		}
	}
}
