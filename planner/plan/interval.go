package plan

import "millrace/planner/expr"

// IntervalJoin joins rows whose event times are near each other: right - left lies between Lower and Upper milliseconds. Both inputs and the
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
}

// Kind is the name of the kind in the JSON form.
func (*IntervalJoin) Kind() string { return "interval-join" }
