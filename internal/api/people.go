package api

import (
	"context"
	"time"

	"goodword/internal/staff"
)

// memberOut is a colleague's account; a row of staff.
type memberOut struct {
	ID        string     `json:"id"`
	Version   int64      `json:"version"`
	Email     string     `json:"email"`
	Name      string     `json:"name"`
	Role      string     `json:"role"`
	State     string     `json:"state"`
	Division  string     `json:"division"`
	Phone     string     `json:"phone"`
	Title     string     `json:"title"`
	Language  string     `json:"language"`
	Zone      string     `json:"zone"`
	DeputyID  string     `json:"deputy_id,omitempty"`
	AwayUntil *time.Time `json:"away_until,omitempty"`
	WorkFrom  int        `json:"work_from" doc:"Full hour, Monday to Friday, in zone."`
	WorkUntil int        `json:"work_until"`
	CreatedAt time.Time  `json:"created_at"`
}

func memberShape(m staff.Member) memberOut {
	return memberOut{ID: m.ID, Version: m.Version, Email: m.Email, Name: m.Name, Role: string(m.Role), State: string(m.State), Division: m.Division, Phone: m.Phone,
		Title: m.Title, Language: m.Language, Zone: m.Zone, DeputyID: m.DeputyID, AwayUntil: at(m.AwayUntil), WorkFrom: m.WorkFrom, WorkUntil: m.WorkUntil, CreatedAt: m.CreatedAt.UTC()}
}

// addedOut is a new account with the link that sets it up, which is shown once.
type addedOut struct {
	Member   memberOut `json:"member"`
	SetupURL string    `json:"setup_url" doc:"Single use, good for seven days. It is not shown again."`
}

type memberIn struct {
	Email    string `json:"email"`
	Name     string `json:"name"`
	Role     string `json:"role"`
	Division string `json:"division,omitempty"`
	Phone    string `json:"phone,omitempty"`
	Title    string `json:"title,omitempty"`
	Language string `json:"language,omitempty"`
	Zone     string `json:"zone,omitempty"`
	Notify   bool   `json:"notify,omitempty" doc:"Mails the set-up link as well."`
}

type memberPatchIn struct {
	Email     *string   `json:"email,omitempty"`
	Name      *string   `json:"name,omitempty"`
	Role      *string   `json:"role,omitempty"`
	Division  *string   `json:"division,omitempty"`
	Phone     *string   `json:"phone,omitempty"`
	Title     *string   `json:"title,omitempty"`
	Language  *string   `json:"language,omitempty"`
	Zone      *string   `json:"zone,omitempty"`
	DeputyID  *string   `json:"deputy_id,omitempty"`
	AwayUntil clearable `json:"away_until,omitempty"`
	WorkFrom  *int      `json:"work_from,omitempty"`
	WorkUntil *int      `json:"work_until,omitempty"`
}

func (a *api) listStaff(ctx context.Context, _ *nothing) (*body[list[memberOut]], error) {
	rows, err := a.Staff.List(ctx, a.DB)
	if err != nil {
		return nil, err
	}
	return whole(rows, memberShape), nil
}

func (a *api) addStaff(ctx context.Context, in *create[memberIn]) (*body[addedOut], error) {
	b := in.Body
	m, url, err := a.Staff.Add(ctx, actorOf(ctx), staff.NewMember{Email: b.Email, Name: b.Name, Role: staff.Role(b.Role), Division: b.Division, Phone: b.Phone,
		Title: b.Title, Language: b.Language, Zone: b.Zone, Notify: b.Notify})
	if err != nil {
		return nil, err
	}
	return &body[addedOut]{addedOut{Member: memberShape(m), SetupURL: url}}, nil
}

func (a *api) getStaff(ctx context.Context, in *byID) (*tagged[memberOut], error) {
	m, err := a.Staff.ByID(ctx, a.DB, in.ID)
	if err != nil {
		return nil, err
	}
	return tag(m.Version, memberShape(m)), nil
}

func (a *api) updateStaff(ctx context.Context, in *edit[memberPatchIn]) (*tagged[memberOut], error) {
	b := in.Body
	m, err := a.Staff.Update(ctx, actorOf(ctx), in.ID, staff.Patch{Email: b.Email, Name: b.Name, Role: (*staff.Role)(b.Role), Division: b.Division, Phone: b.Phone,
		Title: b.Title, Language: b.Language, Zone: b.Zone, DeputyID: b.DeputyID, AwayUntil: b.AwayUntil.change(), WorkFrom: b.WorkFrom, WorkUntil: b.WorkUntil}, callOf(ctx).ifMatch)
	if err != nil {
		return nil, err
	}
	return tag(m.Version, memberShape(m)), nil
}

type successorIn struct {
	SuccessorID string `json:"successor_id,omitempty" doc:"Who gets the customers, introductions and tasks; the deputy unless given."`
}

func (a *api) disableStaff(ctx context.Context, in *nod[successorIn]) (*body[memberOut], error) {
	if err := a.Staff.Disable(ctx, actorOf(ctx), in.ID, in.said().SuccessorID); err != nil {
		return nil, err
	}
	m, err := a.Staff.ByID(ctx, a.DB, in.ID)
	if err != nil {
		return nil, err
	}
	return &body[memberOut]{memberShape(m)}, nil
}

func (a *api) setupAnswer(ctx context.Context, id, url string, err error) (*body[addedOut], error) {
	if err != nil {
		return nil, err
	}
	m, err := a.Staff.ByID(ctx, a.DB, id)
	if err != nil {
		return nil, err
	}
	return &body[addedOut]{addedOut{Member: memberShape(m), SetupURL: url}}, nil
}

func (a *api) enableStaff(ctx context.Context, in *byID) (*body[addedOut], error) {
	url, err := a.Staff.Enable(ctx, actorOf(ctx), in.ID)
	return a.setupAnswer(ctx, in.ID, url, err)
}

func (a *api) renewSetup(ctx context.Context, in *byID) (*body[addedOut], error) {
	url, err := a.Staff.RenewSetup(ctx, actorOf(ctx), in.ID)
	return a.setupAnswer(ctx, in.ID, url, err)
}

func (a *api) endStaffSessions(ctx context.Context, in *byID) (*done, error) {
	return nil, a.Staff.EndSessions(ctx, actorOf(ctx), in.ID)
}

// apiKeyOut is an API key without its token; a row of api_key.
type apiKeyOut struct {
	ID        string     `json:"id"`
	Name      string     `json:"name"`
	Role      string     `json:"role"`
	Hint      string     `json:"hint" doc:"How the token begins."`
	CreatedAt time.Time  `json:"created_at"`
	UsedAt    *time.Time `json:"used_at,omitempty"`
	RevokedAt *time.Time `json:"revoked_at,omitempty"`
}

// newKeyOut is a key with its token, which is shown once.
type newKeyOut struct {
	Key   apiKeyOut `json:"key"`
	Token string    `json:"token" doc:"For Authorization: Bearer. It is not shown again."`
}

type apiKeyIn struct {
	Name string `json:"name"`
	Role string `json:"role"`
}

func apiKey(k staff.Key) apiKeyOut {
	return apiKeyOut{ID: k.ID, Name: k.Name, Role: string(k.Role), Hint: k.Hint, CreatedAt: k.CreatedAt.UTC(), UsedAt: at(k.UsedAt), RevokedAt: at(k.RevokedAt)}
}

func (a *api) listAPIKeys(ctx context.Context, _ *nothing) (*body[list[apiKeyOut]], error) {
	rows, err := a.Staff.ListKeys(ctx)
	if err != nil {
		return nil, err
	}
	return whole(rows, apiKey), nil
}

func (a *api) addAPIKey(ctx context.Context, in *create[apiKeyIn]) (*body[newKeyOut], error) {
	k, token, err := a.Staff.AddKey(ctx, actorOf(ctx), in.Body.Name, staff.Role(in.Body.Role))
	if err != nil {
		return nil, err
	}
	return &body[newKeyOut]{newKeyOut{Key: apiKey(k), Token: token.Plain()}}, nil
}

func (a *api) revokeAPIKey(ctx context.Context, in *byID) (*done, error) {
	return nil, a.Staff.RevokeKey(ctx, actorOf(ctx), in.ID)
}
