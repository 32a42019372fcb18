package api

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/labstack/echo/v4"

	"goodword/internal/customer"
	"goodword/internal/fault"
	"goodword/internal/report"
)

// importOut is one import and how far it has come; a row of import_run.
type importOut struct {
	ID         string           `json:"id"`
	Kind       string           `json:"kind"`
	FileName   string           `json:"file_name"`
	State      string           `json:"state"`
	DryRun     bool             `json:"dry_run" doc:"Nothing is written; the figures say what would happen."`
	Options    importOptionsOut `json:"options"`
	RowsTotal  int64            `json:"rows_total" doc:"0 until it is known."`
	RowsDone   int64            `json:"rows_done"`
	Created    int64            `json:"created"`
	Updated    int64            `json:"updated"`
	Unchanged  int64            `json:"unchanged"`
	Merged     int64            `json:"merged" doc:"Rows that were put together with an earlier one."`
	Refused    int64            `json:"refused"`
	Warnings   int64            `json:"warnings" doc:"Values that were left out, not rows."`
	Message    string           `json:"message,omitempty"`
	ActorID    string           `json:"actor_id"`
	Actor      string           `json:"actor"`
	CreatedAt  time.Time        `json:"created_at"`
	FinishedAt *time.Time       `json:"finished_at,omitempty"`
}

// importOptionsOut says how a file is read.
type importOptionsOut struct {
	Mapping   map[string]string `json:"mapping" doc:"Which field each column fills; empty for a column that is left out."`
	DateOrder string            `json:"date_order,omitempty"`
	Decimal   string            `json:"decimal,omitempty"`
	Currency  string            `json:"currency,omitempty"`
	Division  string            `json:"division,omitempty" doc:"For rows that have none."`
	Language  string            `json:"language,omitempty"`
	Country   string            `json:"country,omitempty"`
	Delimiter string            `json:"delimiter,omitempty"`
	Encoding  string            `json:"encoding,omitempty"`
}

// importPreviewOut is what was recognised in a file, before anything is kept.
type importPreviewOut struct {
	Delimiter string            `json:"delimiter"`
	Encoding  string            `json:"encoding"`
	Columns   []importColumnOut `json:"columns"`
	Fields    []importFieldOut  `json:"fields" doc:"What a column can be mapped to."`
	Sample    [][]string        `json:"sample" doc:"The first rows, by column."`
	Questions []questionOut     `json:"questions" doc:"What cannot be guessed; left unanswered, such values are listed and left out."`
}

type importColumnOut struct {
	Name  string `json:"name"`
	Field string `json:"field" doc:"The guess; empty for none."`
}

type importFieldOut struct {
	Key   string `json:"key"`
	Label string `json:"label"`
}

type questionOut struct {
	Option  string   `json:"option" doc:"The option that answers it: date_order, decimal, currency."`
	Column  string   `json:"column"`
	Example string   `json:"example"`
	Choices []string `json:"choices"`
}

type importProblemOut struct {
	Line     int64  `json:"line" doc:"Of the file, where the row begins."`
	Number   int    `json:"number"`
	Severity string `json:"severity"`
	Field    string `json:"field"`
	Reason   string `json:"reason"`
	Value    string `json:"value"`
}

// uploaded is a body that is read as it comes: a million rows never lie in memory.
type uploaded struct{ reader io.Reader }

// Resolve takes the body; huma calls it.
func (u *uploaded) Resolve(ctx huma.Context) []error {
	u.reader = ctx.BodyReader()
	return nil
}

type importPreviewIn struct {
	uploaded
	Kind string `query:"kind" default:"customers"`
	Name string `query:"name" doc:"The file's name."`
}

type importIn struct {
	uploaded
	Kind      string `query:"kind" default:"customers"`
	DryRun    bool   `query:"dry_run"`
	Name      string `query:"name" doc:"The file's name."`
	Mapping   string `query:"mapping" doc:"A JSON object from column to field; what was recognised stands unless given."`
	DateOrder string `query:"date_order"`
	Decimal   string `query:"decimal"`
	Currency  string `query:"currency"`
	Division  string `query:"division"`
	Language  string `query:"language"`
	Country   string `query:"country"`
	Delimiter string `query:"delimiter"`
	Encoding  string `query:"encoding"`
}

type importsQuery struct{ Paging }

type importProblemsQuery struct {
	Paging
	ID       string `path:"id"`
	Severity string `query:"severity"`
}

func (a *api) previewImport(ctx context.Context, in *importPreviewIn) (*body[importPreviewOut], error) {
	p, err := a.Imports.Preview(ctx, in.reader, in.Name)
	if err != nil {
		return nil, err
	}
	return &body[importPreviewOut]{importPreviewOut{Delimiter: p.Delimiter, Encoding: p.Encoding, Sample: filled(p.Sample),
		Columns: each(p.Columns, func(c customer.ImportColumn) importColumnOut { return importColumnOut(c) }),
		Fields:  each(customer.ImportFields, func(f customer.ImportField) importFieldOut { return importFieldOut{Key: f.Key, Label: f.Label} }),
		Questions: each(p.Questions, func(q customer.ImportQuestion) questionOut {
			return questionOut{Option: q.Option, Column: q.Column, Example: q.Example, Choices: filled(q.Choices)}
		})}}, nil
}

func (a *api) startImport(ctx context.Context, in *importIn) (*made[importOut], error) {
	options := customer.ImportOptions{DateOrder: in.DateOrder, Decimal: in.Decimal, Currency: in.Currency, Division: in.Division, Language: in.Language,
		Country: in.Country, Delimiter: in.Delimiter, Encoding: in.Encoding}
	if in.Mapping != "" {
		if err := json.Unmarshal([]byte(in.Mapping), &options.Mapping); err != nil {
			return nil, &fault.Error{Code: fault.Malformed, Message: "The request could not be read.", Problems: []fault.Problem{{Field: "mapping", Message: "This is no JSON object from column to field."}}}
		}
	}
	run, err := a.Imports.Start(ctx, actorOf(ctx), customer.Upload{Reader: in.reader, Name: in.Name, Options: options, DryRun: in.DryRun})
	return a.imported(ctx, run, err)
}

func (a *api) imported(ctx context.Context, run customer.Import, err error) (*made[importOut], error) {
	if err != nil {
		return nil, err
	}
	out, err := a.importAnswer(ctx, run, nil)
	if err != nil {
		return nil, err
	}
	return &made[importOut]{Location: Prefix + "/imports/" + run.ID, Body: out.Body}, nil
}

func (a *api) applyImport(ctx context.Context, in *byID) (*made[importOut], error) {
	run, err := a.Imports.Apply(ctx, actorOf(ctx), in.ID)
	return a.imported(ctx, run, err)
}

func (a *api) listImports(ctx context.Context, in *importsQuery) (*body[list[importOut]], error) {
	page, err := a.Imports.List(ctx, in.page())
	if err != nil {
		return nil, err
	}
	shape, err := a.imports(ctx, page.Items)
	if err != nil {
		return nil, err
	}
	return listed(page, shape), nil
}

// imports looks up who started some imports and returns how to show one of them.
func (a *api) imports(ctx context.Context, rows []customer.Import) (func(customer.Import) importOut, error) {
	who := each(rows, func(i customer.Import) report.Who { return report.Who{Kind: string(i.ActorKind), ID: i.ActorID} })
	if err := a.Reports.NameActors(ctx, who); err != nil {
		return nil, err
	}
	actors := map[string]string{}
	for _, w := range who {
		actors[w.ID] = w.Name
	}
	return func(i customer.Import) importOut {
		o := i.Options
		return importOut{ID: i.ID, Kind: i.Kind, FileName: i.FileName, State: string(i.State), DryRun: i.DryRun, RowsTotal: i.RowsTotal, RowsDone: i.RowsDone,
			Created: i.Created, Updated: i.Updated, Unchanged: i.Unchanged, Merged: i.Merged, Refused: i.Refused, Warnings: i.Warnings, Message: i.Message,
			ActorID: i.ActorID, Actor: actors[i.ActorID], CreatedAt: i.CreatedAt.UTC(), FinishedAt: at(i.FinishedAt),
			Options: importOptionsOut{Mapping: mapped(o.Mapping), DateOrder: o.DateOrder, Decimal: o.Decimal, Currency: o.Currency, Division: o.Division,
				Language: o.Language, Country: o.Country, Delimiter: o.Delimiter, Encoding: o.Encoding}}
	}, nil
}

func (a *api) importAnswer(ctx context.Context, run customer.Import, err error) (*body[importOut], error) {
	if err != nil {
		return nil, err
	}
	shape, err := a.imports(ctx, []customer.Import{run})
	if err != nil {
		return nil, err
	}
	return &body[importOut]{shape(run)}, nil
}

func (a *api) getImport(ctx context.Context, in *byID) (*body[importOut], error) {
	run, err := a.Imports.ByID(ctx, in.ID)
	return a.importAnswer(ctx, run, err)
}

func (a *api) stopImport(ctx context.Context, in *byID) (*body[importOut], error) {
	run, err := a.Imports.Stop(ctx, actorOf(ctx), in.ID)
	return a.importAnswer(ctx, run, err)
}

func (a *api) listImportProblems(ctx context.Context, in *importProblemsQuery) (*body[list[importProblemOut]], error) {
	if _, err := a.Imports.ByID(ctx, in.ID); err != nil {
		return nil, err
	}
	page, err := a.Imports.Problems(ctx, customer.ProblemFilter{ImportID: in.ID, Severity: customer.Severity(in.Severity)}, in.page())
	if err != nil {
		return nil, err
	}
	return listed(page, func(p customer.ImportProblem) importProblemOut {
		return importProblemOut{Line: p.Line, Number: p.Number, Severity: string(p.Severity), Field: p.Field, Reason: p.Reason, Value: p.Value}
	}), nil
}

// importProblemsCSV writes as it reads: a bad file has as many problems as rows.
func (a *api) importProblemsCSV(c echo.Context) error {
	ctx, id := c.Request().Context(), c.Param("id")
	// What is not there must be said before the first byte.
	if _, err := a.Imports.ByID(ctx, id); err != nil {
		return err
	}
	h := c.Response().Header()
	h.Set("Content-Type", "text/csv; charset=utf-8")
	h.Set("Content-Disposition", `attachment; filename="problems.csv"`)
	if c.Request().Method == http.MethodHead {
		return c.NoContent(http.StatusOK)
	}
	c.Response().WriteHeader(http.StatusOK)
	return a.Imports.WriteProblemsCSV(ctx, id, c.Response())
}
