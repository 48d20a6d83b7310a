package plan

import "millrace/planner/expr"

// IntervalJoin joins rows whose times are near each other: right - left lies between Lower and Upper milliseconds. Both inputs and the
// output are insert-only; a row without partner (outer joins) is emitted when none can come any more. Output: left columns, then right columns.
type IntervalJoin struct {
	Join      JoinKind   `json:"join"` // Inner, Left, Right or Full
	LeftKeys  []int      `json:"leftKeys"`
	RightKeys []int      `json:"rightKeys"`
	NullSafe  []bool     `json:"nullSafe,omitempty"`
	Residual  *expr.Expr `json:"residual,omitempty"` // over left ++ right
	LeftTime  int        `json:"leftTime"`           // columns of TIMESTAMP(3) or TIMESTAMP_LTZ(3)
	RightTime int        `json:"rightTime"`
	Lower     int64      `json:"lower"`
	Upper     int64      `json:"upper"`
	// ProcTime: the times are those of the arrival of rows, by the clock of the task, and the time columns are not read.
	ProcTime bool `json:"procTime,omitempty"`
}

// Kind is the name of the kind in the JSON form.
func (*IntervalJoin) Kind() string { return "interval-join" }

// WindowJoin joins rows of the same window: the keys of both sides contain its start and end. A window is joined when the watermark passes its end.
// Inputs and output are insert-only. Output: left columns, then right columns (not for Semi and Anti).
type WindowJoin struct {
	Join      JoinKind   `json:"join"`
	LeftKeys  []int      `json:"leftKeys"`
	RightKeys []int      `json:"rightKeys"`
	NullSafe  []bool     `json:"nullSafe,omitempty"`
	Residual  *expr.Expr `json:"residual,omitempty"` // over left ++ right
	NullAware bool       `json:"nullAware,omitempty"`
	LeftEnd   int        `json:"leftEnd"` // the columns that hold the end of the window
	RightEnd  int        `json:"rightEnd"`
	// Zone: window ends are local time of this zone (windows over TIMESTAMP_LTZ); "" or "UTC": none.
	Zone string `json:"zone,omitempty"`
}

// Kind is the name of the kind in the JSON form.
func (*WindowJoin) Kind() string { return "window-join" }

// TemporalJoin joins rows with the version of a table that is valid at their time: FOR SYSTEM_TIME AS OF. The right side is versions by key and
// time; -U rows of it are not read. A row leaves when the watermark passes its time, with its kind. Output: left columns, then right columns.
type TemporalJoin struct {
	Join      JoinKind   `json:"join"` // Inner or Left
	LeftKeys  []int      `json:"leftKeys"`
	RightKeys []int      `json:"rightKeys"` // they contain the key of the versions
	NullSafe  []bool     `json:"nullSafe,omitempty"`
	Residual  *expr.Expr `json:"residual,omitempty"` // over left ++ right; a version for which it is not TRUE is none
	LeftTime  int        `json:"leftTime"`           // columns of TIMESTAMP(3) or TIMESTAMP_LTZ(3)
	RightTime int        `json:"rightTime"`
	// Alive is a BOOLEAN column of the right side; a version where it is not TRUE ends the one before it, like a deletion. -1: all are valid.
	Alive int `json:"alive"`
}

// Kind is the name of the kind in the JSON form.
func (*TemporalJoin) Kind() string { return "temporal-join" }
