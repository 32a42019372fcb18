package api

import (
	"context"
	"time"

	"goodword/internal/fault"
	"goodword/internal/report"
	"goodword/internal/staff"
	"goodword/internal/task"
)

// taskOut is what somebody should do by when; a row of task.
type taskOut struct {
	ID             string     `json:"id"`
	Version        int64      `json:"version"`
	Kind           string     `json:"kind"`
	Title          string     `json:"title"`
	OwnerID        string     `json:"owner_id,omitempty"`
	OwnerName      string     `json:"owner_name,omitempty"`
	CustomerID     string     `json:"customer_id,omitempty"`
	CustomerName   string     `json:"customer_name,omitempty"`
	IntroductionID string     `json:"introduction_id,omitempty"`
	Prospect       string     `json:"prospect,omitempty"`
	State          string     `json:"state"`
	DueAt          time.Time  `json:"due_at"`
	Overdue        bool       `json:"overdue"`
	SnoozedUntil   *time.Time `json:"snoozed_until,omitempty"`
	Outcome        string     `json:"outcome,omitempty"`
	ClosedAt       *time.Time `json:"closed_at,omitempty"`
	CreatedAt      time.Time  `json:"created_at"`
}

type tasksQuery struct {
	Paging
	Kind           string `query:"kind"`
	Owner          string `query:"owner" doc:"A colleague's id, or me."`
	CustomerID     string `query:"customer_id"`
	IntroductionID string `query:"introduction_id"`
	State          string `query:"state" doc:"open unless given."`
	Awake          bool   `query:"awake" doc:"Leaves out what is snoozed until later."`
}

func (a *api) listTasks(ctx context.Context, in *tasksQuery) (*body[list[taskOut]], error) {
	page, err := a.Tasks.List(ctx, task.Filter{Kind: task.Kind(in.Kind), OwnerID: mine(ctx, in.Owner), CustomerID: in.CustomerID, IntroductionID: in.IntroductionID,
		State: task.State(in.State), Awake: in.Awake}, in.page())
	if err != nil {
		return nil, err
	}
	shape, err := a.tasks(ctx, page.Items)
	if err != nil {
		return nil, err
	}
	return listed(page, shape), nil
}

func (a *api) tasks(ctx context.Context, rows []task.Task) (func(task.Task) taskOut, error) {
	var refs report.Refs
	for _, t := range rows {
		refs.Staff, refs.Customers, refs.Prospects = append(refs.Staff, t.OwnerID), append(refs.Customers, t.CustomerID), append(refs.Prospects, t.IntroductionID)
	}
	names, err := a.Reports.Names(ctx, refs)
	if err != nil {
		return nil, err
	}
	now := a.now()
	return func(t task.Task) taskOut {
		return taskOut{ID: t.ID, Version: t.Version, Kind: string(t.Kind), Title: t.Title, OwnerID: t.OwnerID, OwnerName: names.Staff[t.OwnerID], CustomerID: t.CustomerID,
			CustomerName: names.Customers[t.CustomerID], IntroductionID: t.IntroductionID, Prospect: names.Prospects[t.IntroductionID], State: string(t.State),
			DueAt: t.DueAt.UTC(), Overdue: t.Overdue(now), SnoozedUntil: at(t.SnoozedUntil), Outcome: t.Outcome, ClosedAt: at(t.ClosedAt), CreatedAt: t.CreatedAt.UTC()}
	}, nil
}

func (a *api) taskAnswer(ctx context.Context, t task.Task, err error) (*body[taskOut], error) {
	if err != nil {
		return nil, err
	}
	shape, err := a.tasks(ctx, []task.Task{t})
	if err != nil {
		return nil, err
	}
	return &body[taskOut]{shape(t)}, nil
}

// ownTask is the second half of the permission to work tasks: other people's are for those who assign them.
func (a *api) ownTask(ctx context.Context, id string) error {
	t, err := a.Tasks.ByID(ctx, a.DB, id)
	if err != nil {
		return err
	}
	if t.OwnerID == "" || t.OwnerID == actorOf(ctx).ID || allowed(ctx, staff.AssignTasks) {
		return nil
	}
	return fault.New(fault.Forbidden, "This task belongs to a colleague.")
}

type outcomeIn struct {
	Outcome string `json:"outcome,omitempty" doc:"A note on what was done; may be left out."`
}

func (a *api) finishTask(ctx context.Context, in *nod[outcomeIn]) (*body[taskOut], error) {
	if err := a.ownTask(ctx, in.ID); err != nil {
		return nil, err
	}
	t, err := a.Tasks.Done(ctx, actorOf(ctx), in.ID, in.said().Outcome)
	return a.taskAnswer(ctx, t, err)
}

type untilIn struct {
	Until time.Time `json:"until"`
}

func (a *api) snoozeTask(ctx context.Context, in *act[untilIn]) (*body[taskOut], error) {
	if err := a.ownTask(ctx, in.ID); err != nil {
		return nil, err
	}
	t, err := a.Tasks.Snooze(ctx, actorOf(ctx), in.ID, in.Body.Until.UTC())
	return a.taskAnswer(ctx, t, err)
}

func (a *api) reassignTask(ctx context.Context, in *act[ownerIn]) (*body[taskOut], error) {
	if err := a.ownTask(ctx, in.ID); err != nil {
		return nil, err
	}
	t, err := a.Tasks.Reassign(ctx, actorOf(ctx), in.ID, mine(ctx, in.Body.OwnerID))
	return a.taskAnswer(ctx, t, err)
}
