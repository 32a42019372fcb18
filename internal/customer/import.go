package customer

import (
	"sync"
	"time"

	"github.com/uptrace/bun"

	"goodword/internal/audit"
	"goodword/internal/db"
	"goodword/internal/queue"
	"goodword/internal/staff"
)

// ImportState says how far an import is.
type ImportState string

// The states of an import.
const (
	ImportUploaded ImportState = "uploaded" // waiting for a worker
	ImportRunning  ImportState = "running"
	ImportDone     ImportState = "done"
	ImportFailed   ImportState = "failed"  // Message says why
	ImportStopped  ImportState = "stopped" // by a person; what was written stays
)

// Import is a row of table import_run: one file of customers being read.
//
// RowsDone = Created + Updated + Unchanged + Merged + Refused. In a dry run the figures say what would happen.
type Import struct {
	bun.BaseModel `bun:"table:import_run,alias:import_run"`

	ID string `bun:"id,pk"`
	// Kind is "customers".
	Kind     string `bun:"kind"`
	FileName string `bun:"file_name"`
	// FileHash is the SHA-256 of the file as it came. FilePath is where its UTF-8 text waits to be read; empty once it is
	// deleted.
	FileHash string        `bun:"file_hash"`
	FilePath string        `bun:"file_path"`
	Options  ImportOptions `bun:"options,type:jsonb"`
	DryRun   bool          `bun:"dry_run"`
	State    ImportState   `bun:"state"`
	// RowsTotal counts the rows of the file without its header and empty lines.
	RowsTotal int64 `bun:"rows_total"`
	RowsDone  int64 `bun:"rows_done"`
	Created   int64 `bun:"created"`
	Updated   int64 `bun:"updated"`
	Unchanged int64 `bun:"unchanged"`
	// Merged counts rows about somebody whom an earlier row of the file was about already.
	Merged  int64 `bun:"merged"`
	Refused int64 `bun:"refused"`
	// Warnings counts values that were left out, not rows.
	Warnings int64 `bun:"warnings"`
	// ByteOffset and Line are where the next row begins in the file at FilePath.
	ByteOffset int64           `bun:"byte_offset"`
	Line       int64           `bun:"line"`
	Message    string          `bun:"message"`
	ActorKind  audit.ActorKind `bun:"actor_kind"`
	ActorID    string          `bun:"actor_id"`
	Version    int64           `bun:"version"`
	CreatedAt  time.Time       `bun:"created_at"`
	UpdatedAt  time.Time       `bun:"updated_at"`
	FinishedAt time.Time       `bun:"finished_at,nullzero"`
}

// Ended reports whether nothing more will happen.
func (i Import) Ended() bool {
	return i.State == ImportDone || i.State == ImportFailed || i.State == ImportStopped
}

// ImportOptions say how a file is read. Every empty field is recognised from the file, or leads to problems that name
// what could not be read without it.
type ImportOptions struct {
	// Mapping names the field (ImportFields) that each column fills, by the column's heading as Preview returns it; "" leaves
	// a column out, and so does not naming it. A nil Mapping stands for what Preview guesses.
	Mapping map[string]string `json:"mapping,omitempty"`
	// DateOrder is "dmy", "mdy" or "ymd", for dates that can be read in two ways.
	DateOrder string `json:"date_order,omitempty"`
	// Decimal is "point" or "comma", for amounts like 1.234 that can be read in two ways.
	Decimal string `json:"decimal,omitempty"`
	// Currency is ISO 4217, for amounts that name none.
	Currency string `json:"currency,omitempty"`
	// Division, Language and Country are for customers who have none. Country also says where a phone number without a
	// country code is dialled.
	Division string `json:"division,omitempty"`
	Language string `json:"language,omitempty"`
	Country  string `json:"country,omitempty"`
	// Delimiter is one of , ; | or a tab; Encoding one of ImportEncodings.
	Delimiter string `json:"delimiter,omitempty"`
	Encoding  string `json:"encoding,omitempty"`
}

// ImportProblem is a row of table import_problem: what went wrong with, or is worth saying about, one row of a file.
type ImportProblem struct {
	bun.BaseModel `bun:"table:import_problem,alias:import_problem"`

	ImportID string `bun:"import_id,pk"`
	// Line is the line of the file on which the row begins, the header being on 1; Number tells the problems of one row
	// apart.
	Line     int64    `bun:"line,pk"`
	Number   int      `bun:"number,pk"`
	Severity Severity `bun:"severity"`
	// Field is a key of ImportFields, or "row".
	Field string `bun:"field"`
	// Reason is an English sentence.
	Reason string `bun:"reason"`
	// Value is what the file says, at most 200 characters of it.
	Value string `bun:"value"`
}

// Severity says what a problem did to its row.
type Severity string

// The severities.
const (
	Refused    Severity = "refused" // nothing of the row was taken
	Warning    Severity = "warning" // this value was not taken
	MergedInto Severity = "merged"  // the row only filled gaps of a customer from an earlier row
)

// Severities lists every severity.
var Severities = []Severity{Refused, Warning, MergedInto}

// ImportDeps is what Imports need. Every field is required.
type ImportDeps struct {
	DB    *db.DB
	Queue *queue.Queue
	// Clock is the business clock.
	Clock func() time.Time
	// Staff knows whom an owner column means.
	Staff *staff.Service
	// DataDir is the folder in whose subfolder "imports" files wait, readable by this program only.
	DataDir string
}

// Imports bring customers in from CSV files.
//
// A row is about the customer with its external id, or else the one with its mail address, whatever its case; otherwise
// about a new one. A cell that says something changes what is there, except for an external id, which stays, and a last
// order that is older than the one known; an empty cell changes nothing. A row about somebody whom an earlier row of the same
// file was about only fills gaps, and is reported as merged. A row without a usable mail address is refused; any other value
// that cannot be read is left out with a warning. Every stage is imported: campaigns ask customers only.
//
// Imports are safe for concurrent use, also by several processes.
type Imports struct {
	ImportDeps

	mu   sync.Mutex
	last memory
}

// NewImports returns Imports. It panics if a dependency is missing.
func NewImports(d ImportDeps) *Imports {
	for name, missing := range map[string]bool{
		"DB": d.DB == nil, "Queue": d.Queue == nil, "Clock": d.Clock == nil, "Staff": d.Staff == nil, "DataDir": d.DataDir == "",
	} {
		if missing {
			panic("customer.NewImports: ImportDeps." + name + " is missing")
		}
	}
	return &Imports{ImportDeps: d}
}

func (im *Imports) now() time.Time { return im.Clock().UTC().Truncate(time.Microsecond) }
