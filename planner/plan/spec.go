package plan

import (
	"fmt"

	"millrace/planner/expr"
	"millrace/sql/types"
)

// Spec says what an operator does. The set is closed: one type for each operator, all in this package, built by operators/build and by
// the task (Source, Sink).
type Spec interface{ Kind() string }

// Source reads a table. Its output is Projected, one column for each, in order.
type Source struct {
	Table     string            `json:"table"` // full name, for messages
	Connector string            `json:"connector"`
	Options   map[string]string `json:"options"`
	Physical  types.Schema      `json:"physical"`  // the declared physical columns, all
	Projected []SourceColumn    `json:"projected"` // what the query reads
	Partition []string          `json:"partition,omitempty"`
	Filter    []*expr.Expr      `json:"filter,omitempty"` // over Projected: conjuncts the connector accepted (see Capabilities)
	Limit     int64             `json:"limit,omitempty"`  // > 0: no more rows are needed
	Bounded   bool              `json:"bounded,omitempty"`
	// Key is the primary key, by name, if deletions hold nothing else (see Capabilities.KeyOnlyDeletes).
	Key []string `json:"key,omitempty"`
	// Watermark, if the connector takes it over (see Capabilities), is assigned per split.
	Watermark *Watermark `json:"watermark,omitempty"`
	// Malformed is the fate of records that cannot be read: "FAIL", "SKIP" or "DEAD_LETTER"; always counted.
	Malformed string `json:"malformed,omitempty"`
	// DeadLetter is the table that takes them; see connectors.DeadLetterSchema.
	DeadLetter *Sink `json:"deadLetter,omitempty"`
}

// SourceColumn is one output column of a source.
type SourceColumn struct {
	Name     string     `json:"name"`
	Type     types.Type `json:"type"`               // a ROW may have fewer fields than declared: only those are read
	Metadata string     `json:"metadata,omitempty"` // key of a metadata column
}

// Sink writes a table, or returns rows to a client (connector "collect").
type Sink struct {
	Table     string            `json:"table"`
	Connector string            `json:"connector"`
	Options   map[string]string `json:"options"`
	Schema    types.Schema      `json:"schema"`             // the columns in the order of the input
	Metadata  []string          `json:"metadata,omitempty"` // key for each column that is metadata, else ""
	Key       []int             `json:"key,omitempty"`      // primary key
	Partition []string          `json:"partition,omitempty"`
	Static    map[string]string `json:"static,omitempty"` // PARTITION (k = 'v')
	Overwrite bool              `json:"overwrite,omitempty"`
	// NotNull says what happens to a NULL in a NOT NULL column: "ERROR" or "DROP".
	NotNull string `json:"notNull,omitempty"`
	// Length says what happens to text that is too long or short: "IGNORE", "TRIM_PAD" or "ERROR".
	Length string `json:"length,omitempty"`
}

// Calc filters and computes. With a nil Filter all rows pass.
type Calc struct {
	Filter *expr.Expr   `json:"filter,omitempty"` // BOOLEAN; rows pass where it is TRUE
	Exprs  []*expr.Expr `json:"exprs"`            // one for each output column
	// Batch: functions of the clock give one value for the whole job.
	Batch bool `json:"batch,omitempty"`
}

// Watermark makes watermarks: it follows the maximum of Expr over the rows.
type Watermark struct {
	Column         int        `json:"column"` // the event time; a NULL there fails the job
	Expr           *expr.Expr `json:"expr"`   // a timestamp; NULL is ignored
	IntervalMillis int64      `json:"intervalMillis"`
	IdleMillis     int64      `json:"idleMillis,omitempty"` // 0: never idle
	Batch          bool       `json:"batch,omitempty"`      // as in Calc
}

// Values emits constant rows.
type Values struct {
	Rows  [][]*expr.Expr `json:"rows"`            // literals or constant expressions
	Batch bool           `json:"batch,omitempty"` // as in Calc
}

// Union passes all inputs on.
type Union struct{}

// Expand emits, for each input row, one row for each projection (grouping sets).
type Expand struct {
	Projections [][]*expr.Expr `json:"projections"`
	Batch       bool           `json:"batch,omitempty"` // as in Calc
}

// Agg is one aggregate call.
type Agg struct {
	Func     string     `json:"func"`           // canonical, upper case: COUNT, SUM, AVG, MIN, MAX, STDDEV_POP, FIRST_VALUE, LISTAGG, SINGLE_VALUE, …
	Args     []int      `json:"args,omitempty"` // input columns; COUNT(*) has none
	Distinct bool       `json:"distinct,omitempty"`
	Filter   int        `json:"filter"` // BOOLEAN input column that must be TRUE; -1: none
	Type     types.Type `json:"type"`
	// IgnoreNulls is false only for the RESPECT NULLS form of FIRST_VALUE, LAST_VALUE, ARRAY_AGG.
	IgnoreNulls bool `json:"ignoreNulls,omitempty"`
	// OrderBy is WITHIN GROUP (ORDER BY ..) where the function takes it.
	OrderBy []SortKey `json:"orderBy,omitempty"`
}

// GroupAggregate aggregates without bound. Output: the keys, then the aggregates. Input may be updating.
type GroupAggregate struct {
	Keys []int `json:"keys"`
	Aggs []Agg `json:"aggs"`
	// InputUpdating: the input carries -U or -D, so that counts are kept and groups can vanish.
	InputUpdating bool `json:"inputUpdating,omitempty"`
	// UpdateBefore: the consumer needs -U.
	UpdateBefore bool `json:"updateBefore,omitempty"`
	// Final: emit only at the end of input (batch). A global aggregate (no keys) over nothing then emits one row.
	Final     bool  `json:"final,omitempty"`
	TTLMillis int64 `json:"ttlMillis,omitempty"`
}

// WindowKind is a kind of window.
type WindowKind string

// The kinds of window.
const (
	Tumble   WindowKind = "tumble"
	Hop      WindowKind = "hop"
	Cumulate WindowKind = "cumulate"
	Session  WindowKind = "session"
)

// Window describes windows. All durations are in milliseconds.
type Window struct {
	Kind   WindowKind `json:"kind"`
	Size   int64      `json:"size"`             // session: the gap; cumulate: the maximum size
	Slide  int64      `json:"slide,omitempty"`  // hop: slide; cumulate: step
	Offset int64      `json:"offset,omitempty"` // shifts the boundaries
	Column int        `json:"column"`           // the time column of the input (TIMESTAMP or TIMESTAMP_LTZ); ignored when ProcTime
	// ProcTime: windows by the clock of the task.
	ProcTime bool `json:"procTime,omitempty"`
	// Zone: boundaries are aligned to local time of this zone (TIMESTAMP_LTZ); "" or "UTC": none.
	Zone string `json:"zone,omitempty"`
}

// WindowColumn is a property of a window as an output column.
type WindowColumn string

// The window columns. Start and end are TIMESTAMP(3) in the zone of the window; time is end - 1 ms, with the type of the time attribute.
const (
	WindowStart WindowColumn = "start"
	WindowEnd   WindowColumn = "end"
	WindowTime  WindowColumn = "time"
)

// WindowTVF appends window_start, window_end and window_time to each row; HOP and CUMULATE repeat the row for each window. Stateless, but for
// Session, where Keys is the PARTITION BY and rows are held until their session ends.
type WindowTVF struct {
	Window Window `json:"window"`
	Keys   []int  `json:"keys,omitempty"`
}

// WindowAggregate aggregates by key and window and emits when the watermark passes the end of the window. Output: the keys, the aggregates,
// then Columns. Its input is insert-only unless InputUpdating.
type WindowAggregate struct {
	Window  Window         `json:"window"`
	Keys    []int          `json:"keys"`
	Aggs    []Agg          `json:"aggs"`
	Columns []WindowColumn `json:"columns"`
	// Attached: rows already carry their window (an aggregate over the output of another window operator): StartColumn and EndColumn
	// of the input hold it and Window only says of what kind.
	Attached      bool `json:"attached,omitempty"`
	StartColumn   int  `json:"startColumn,omitempty"`
	EndColumn     int  `json:"endColumn,omitempty"`
	InputUpdating bool `json:"inputUpdating,omitempty"`
	// Legacy: the group window functions of the GROUP BY clause: a row is late for each window by itself.
	Legacy bool `json:"legacy,omitempty"`
	// Emit, if not nil, makes results early and late; the output is updating then.
	Emit         *Emit `json:"emit,omitempty"`
	UpdateBefore bool  `json:"updateBefore,omitempty"` // with Emit
}

// Emit says when windows emit beside at their end. All durations are in milliseconds.
type Emit struct {
	Early    bool  `json:"early,omitempty"` // before the end: Delay after a row came
	Delay    int64 `json:"delay,omitempty"`
	Late     int64 `json:"late,omitempty"`     // after the end: so long after a row came
	Lateness int64 `json:"lateness,omitempty"` // how long after its end a window takes rows
}

// SortKey is one key of an order.
type SortKey struct {
	Column     int  `json:"column"`
	Descending bool `json:"descending,omitempty"`
	NullsLast  bool `json:"nullsLast,omitempty"`
}

// Rank keeps the rows From..To (counted from 1, by ROW_NUMBER) of each partition in the given order. Output: the input columns, then the
// row number (BIGINT) if WithNumber.
type Rank struct {
	Keys  []int     `json:"keys"`
	Order []SortKey `json:"order"`
	From  int64     `json:"from"`
	To    int64     `json:"to"` // math.MaxInt64: no end
	// ToColumn, if >= 0, is an input column that holds To for its partition.
	ToColumn   int   `json:"toColumn"`
	WithNumber bool  `json:"withNumber,omitempty"`
	TTLMillis  int64 `json:"ttlMillis,omitempty"`
	// RowKey: a unique key of the input rows; nil: the whole row. Used for updating input.
	RowKey        []int `json:"rowKey,omitempty"`
	InputUpdating bool  `json:"inputUpdating,omitempty"`
	UpdateBefore  bool  `json:"updateBefore,omitempty"`
	Final         bool  `json:"final,omitempty"` // emit only at the end of input
	// Window: the partition includes a window whose end is column WindowEndColumn; rows are emitted when the watermark passes it.
	Window          bool `json:"window,omitempty"`
	WindowEndColumn int  `json:"windowEndColumn,omitempty"`
	// WindowZone: window ends are local time of this zone (windows over TIMESTAMP_LTZ); "" or "UTC": none.
	WindowZone string `json:"windowZone,omitempty"`
}

// Deduplicate keeps the first or last row of each key by a time attribute.
type Deduplicate struct {
	Keys         []int `json:"keys"`
	TimeColumn   int   `json:"timeColumn"` // -1: processing time, that is the order of arrival
	KeepLast     bool  `json:"keepLast,omitempty"`
	UpdateBefore bool  `json:"updateBefore,omitempty"`
	// InputUpdating: rows may be retracted.
	InputUpdating bool  `json:"inputUpdating,omitempty"`
	Final         bool  `json:"final,omitempty"`
	TTLMillis     int64 `json:"ttlMillis,omitempty"`
}

// JoinKind is a kind of join.
type JoinKind string

// The kinds of join. Semi and anti joins output the left columns only.
const (
	Inner JoinKind = "inner"
	Left  JoinKind = "left"
	Right JoinKind = "right"
	Full  JoinKind = "full"
	Semi  JoinKind = "semi"
	Anti  JoinKind = "anti"
)

// Join is a regular join: both inputs are kept. Output: left columns, then right columns (not for Semi and Anti).
type Join struct {
	Join      JoinKind   `json:"join"`
	LeftKeys  []int      `json:"leftKeys"`
	RightKeys []int      `json:"rightKeys"`
	NullSafe  []bool     `json:"nullSafe,omitempty"` // for each key: NULL equals NULL (IS NOT DISTINCT FROM)
	Residual  *expr.Expr `json:"residual,omitempty"` // over left ++ right
	// NullAware: an anti join of NOT IN: a NULL on the right, or on the left while the right is not empty, is no match and no non-match.
	NullAware     bool  `json:"nullAware,omitempty"`
	LeftUnique    []int `json:"leftUnique,omitempty"`  // a unique key of the left rows, if known
	RightUnique   []int `json:"rightUnique,omitempty"` // likewise right
	LeftUpdating  bool  `json:"leftUpdating,omitempty"`
	RightUpdating bool  `json:"rightUpdating,omitempty"`
	UpdateBefore  bool  `json:"updateBefore,omitempty"`
	Final         bool  `json:"final,omitempty"`    // batch: outer rows only at the end of input
	LeftTTL       int64 `json:"leftTTL,omitempty"`  // milliseconds
	RightTTL      int64 `json:"rightTTL,omitempty"` // milliseconds
}

// SetOp is INTERSECT or EXCEPT of two inputs with the same columns, whole rows compared (NULLs equal).
type SetOp struct {
	Except bool `json:"except,omitempty"`
	All    bool `json:"all,omitempty"`
	Final  bool `json:"final,omitempty"`
}

// Sort orders all rows at the end of input (batch), or, with Temporal, by event time as the watermark passes (the first key is the time).
type Sort struct {
	Order    []SortKey `json:"order"`
	Temporal bool      `json:"temporal,omitempty"`
}

// Limit passes Count rows after the first Offset. Count < 0: all. Over updating input it keeps the rows it passed and replaces deleted ones.
type Limit struct {
	Offset        int64 `json:"offset,omitempty"`
	Count         int64 `json:"count"`
	InputUpdating bool  `json:"inputUpdating,omitempty"`
}

// Unnest appends the elements of a collection to each row; see architecture for NULLs.
type Unnest struct {
	Collection *expr.Expr `json:"collection"`
	Ordinality bool       `json:"ordinality,omitempty"`
	Outer      bool       `json:"outer,omitempty"` // a row without elements gives one row with NULLs
	// Condition, over the output, chooses the elements; with Outer a row without chosen elements gives one row with NULLs.
	Condition *expr.Expr `json:"condition,omitempty"`
	// Pass is the input columns that are passed on; nil: all.
	Pass  []int `json:"pass"`
	Batch bool  `json:"batch,omitempty"` // as in Calc
}

// ChangelogNormalize turns an upsert stream by key into a full changelog.
type ChangelogNormalize struct {
	Keys      []int `json:"keys"`
	TTLMillis int64 `json:"ttlMillis,omitempty"`
	// EachChange: the changes of a key within a batch are not made one.
	EachChange bool `json:"eachChange,omitempty"`
}

// SinkMaterialize keeps the history of each primary key of a sink whose key differs from that of the changelog.
type SinkMaterialize struct {
	Keys      []int  `json:"keys"`
	RowKey    []int  `json:"rowKey,omitempty"`
	Conflict  string `json:"conflict,omitempty"` // "", "ERROR", "NOTHING", "DEDUPLICATE"
	TTLMillis int64  `json:"ttlMillis,omitempty"`
}

// DropUpdateBefore removes -U rows. With Keys only those that a row of the same key follows; others become -D.
type DropUpdateBefore struct {
	Keys []int `json:"keys,omitempty"`
}

// Capabilities is what a connector says of a table: plain data for the planner.
type Capabilities struct {
	Source           bool   // can be read
	Bounded          bool   // reading ends
	Sink             bool   // can be written
	SourceMode       Mode   // the changes it delivers
	SinkModes        []Mode // what it accepts, the preferred first
	NestedProjection bool   // Projected may have ROWs with fewer fields
	Filter           bool   // it understands conjuncts in Source.Filter (all rows that pass; it may let more pass if FilterExact is false)
	FilterExact      bool
	Limit            bool
	Watermark        bool         // takes over Source.Watermark
	KeyOnlyDeletes   bool         // its deletions have the primary key only, all else is NULL; its SourceMode is Upsert
	Metadata         types.Schema // metadata columns it can deliver or take
	// Partitioned: PARTITIONED BY is understood.
	Partitioned bool
	Overwrite   bool
	// ShuffleByPartition: rows of one partition are to go to one writer.
	ShuffleByPartition bool
}

// newSpec returns an empty spec of that kind.
func newSpec(kind string) (Spec, error) {
	for _, s := range []Spec{
		&Source{}, &Sink{}, &Calc{}, &Watermark{}, &Values{}, &Union{}, &Expand{}, &GroupAggregate{}, &WindowTVF{},
		&WindowAggregate{}, &Rank{}, &Deduplicate{}, &Join{}, &SetOp{}, &Sort{}, &Limit{}, &Unnest{}, &ChangelogNormalize{}, &SinkMaterialize{},
		&DropUpdateBefore{}, &Over{}, &IntervalJoin{}, &WindowJoin{}, &TemporalJoin{},
	} {
		if s.Kind() == kind {
			return s, nil
		}
	}
	return nil, fmt.Errorf("unknown operator %q", kind)
}

// The names of the kinds in the JSON form.

func (*Source) Kind() string             { return "source" }
func (*Sink) Kind() string               { return "sink" }
func (*Calc) Kind() string               { return "calc" }
func (*Watermark) Kind() string          { return "watermark" }
func (*Values) Kind() string             { return "values" }
func (*Union) Kind() string              { return "union" }
func (*Expand) Kind() string             { return "expand" }
func (*GroupAggregate) Kind() string     { return "group-aggregate" }
func (*WindowTVF) Kind() string          { return "window-tvf" }
func (*WindowAggregate) Kind() string    { return "window-aggregate" }
func (*Rank) Kind() string               { return "rank" }
func (*Deduplicate) Kind() string        { return "deduplicate" }
func (*Join) Kind() string               { return "join" }
func (*SetOp) Kind() string              { return "set-op" }
func (*Sort) Kind() string               { return "sort" }
func (*Limit) Kind() string              { return "limit" }
func (*Unnest) Kind() string             { return "unnest" }
func (*ChangelogNormalize) Kind() string { return "changelog-normalize" }
func (*SinkMaterialize) Kind() string    { return "sink-materialize" }
func (*DropUpdateBefore) Kind() string   { return "drop-update-before" }
