package api

import (
	"context"
	"time"

	"goodword/internal/audit"
	"goodword/internal/ident"
	"goodword/internal/staff"
)

// meOut is who is signed in and what they may do.
type meOut struct {
	Kind        string     `json:"kind"`
	ID          string     `json:"id"`
	Name        string     `json:"name"`
	Email       string     `json:"email,omitempty"`
	Role        string     `json:"role"`
	Permissions []string   `json:"permissions"`
	Company     string     `json:"company" doc:"Whose installation this is."`
	Member      *memberOut `json:"member,omitempty" doc:"Your account; left out for an API key."`
	Demo        bool       `json:"demo"`
	Now         time.Time  `json:"now" doc:"The business clock; a demonstration may be ahead of the wall."`
}

type signInIn struct {
	Email    string `json:"email"`
	Password string `json:"password"`
}

func (a *api) signIn(ctx context.Context, in *create[signInIn]) (*body[meOut], error) {
	one := callOf(ctx)
	token, m, err := a.Staff.SignIn(ctx, in.Body.Email, in.Body.Password, a.client(one))
	if err != nil {
		return nil, err
	}
	return a.welcome(ctx, token, m)
}

// welcome sets the cookie and answers as GET /me will.
func (a *api) welcome(ctx context.Context, token ident.Token, m staff.Member) (*body[meOut], error) {
	one := callOf(ctx)
	a.Cookies.SetSession(one.echo, token, staff.SessionAbsolute)
	one.actor.Kind, one.actor.ID, one.actor.Name, one.actor.Role = audit.KindStaff, m.ID, m.Name, string(m.Role)
	return a.getMe(ctx, &nothing{})
}

func (a *api) client(one *call) staff.Client {
	previous, _ := a.Cookies.Session(one.echo)
	return staff.Client{IP: one.actor.IP, RequestID: one.actor.RequestID, Previous: previous}
}

func (a *api) signOut(ctx context.Context, _ *nothing) (*done, error) {
	one := callOf(ctx)
	client := a.client(one)
	if err := a.Staff.SignOut(ctx, client.Previous, client); err != nil {
		return nil, err
	}
	a.Cookies.ClearSession(one.echo)
	return nil, nil
}

func (a *api) getMe(ctx context.Context, _ *nothing) (*body[meOut], error) {
	settings, err := a.Settings.Get(ctx)
	if err != nil {
		return nil, err
	}
	actor := actorOf(ctx)
	out := meOut{Kind: string(actor.Kind), ID: actor.ID, Name: actor.Name, Role: actor.Role, Permissions: texts(staff.Granted(staff.Role(actor.Role))),
		Company: settings.Company, Demo: a.Installation.Demo, Now: a.now()}
	if actor.Kind == audit.KindAPIKey {
		return &body[meOut]{out}, nil
	}
	m, err := a.Staff.ByID(ctx, a.DB, actor.ID)
	if err != nil {
		return nil, err
	}
	out.Email, out.Member = m.Email, ptr(memberShape(m))
	return &body[meOut]{out}, nil
}

// mePatchIn is what everybody may change about their own account.
type mePatchIn struct {
	Phone     *string   `json:"phone,omitempty"`
	Title     *string   `json:"title,omitempty" doc:"Shown to customers and prospects beside your name."`
	Language  *string   `json:"language,omitempty"`
	Zone      *string   `json:"zone,omitempty"`
	DeputyID  *string   `json:"deputy_id,omitempty"`
	AwayUntil clearable `json:"away_until,omitempty"`
	WorkFrom  *int      `json:"work_from,omitempty"`
	WorkUntil *int      `json:"work_until,omitempty"`
}

func (a *api) updateMe(ctx context.Context, in *create[mePatchIn]) (*body[meOut], error) {
	b := in.Body
	_, err := a.Staff.Update(ctx, actorOf(ctx), actorOf(ctx).ID, staff.Patch{Phone: b.Phone, Title: b.Title, Language: b.Language, Zone: b.Zone,
		DeputyID: b.DeputyID, AwayUntil: b.AwayUntil.change(), WorkFrom: b.WorkFrom, WorkUntil: b.WorkUntil}, -1)
	if err != nil {
		return nil, err
	}
	return a.getMe(ctx, &nothing{})
}

type passwordIn struct {
	Old       string `json:"old"`
	New       string `json:"new"`
	EndOthers bool   `json:"end_others,omitempty" doc:"Ends your other sessions."`
}

func (a *api) changePassword(ctx context.Context, in *create[passwordIn]) (*done, error) {
	one := callOf(ctx)
	client := a.client(one)
	return nil, a.Staff.ChangePassword(ctx, staff.PasswordChange{StaffID: one.actor.ID, Old: in.Body.Old, New: in.Body.New, Keep: client.Previous, EndOthers: in.Body.EndOthers, From: client})
}

// setupIn is what the first page of a new colleague sends.
type setupIn struct {
	Token    string `json:"token" doc:"The last part of the set-up link."`
	Password string `json:"password"`
}

type setupCheckIn struct {
	Token string `json:"token"`
}

type setupOut struct {
	Name  string `json:"name"`
	Email string `json:"email"`
}

func (a *api) checkSetup(ctx context.Context, in *create[setupCheckIn]) (*body[setupOut], error) {
	m, err := a.Staff.SetupFor(ctx, ident.Token(in.Body.Token))
	if err != nil {
		return nil, err
	}
	return &body[setupOut]{setupOut{Name: m.Name, Email: m.Email}}, nil
}

func (a *api) completeSetup(ctx context.Context, in *create[setupIn]) (*body[meOut], error) {
	client := a.client(callOf(ctx))
	m, err := a.Staff.CompleteSetup(ctx, ident.Token(in.Body.Token), in.Body.Password, client)
	if err != nil {
		return nil, err
	}
	token, m, err := a.Staff.SignIn(ctx, m.Email, in.Body.Password, client)
	if err != nil {
		return nil, err
	}
	return a.welcome(ctx, token, m)
}
