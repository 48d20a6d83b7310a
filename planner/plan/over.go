package plan

// OverTime says by what an Over operator of a stream orders rows.
type OverTime string

// The orders of a stream. Without a time the order is by value: results of earlier rows change, and the output is updating.
const (
	OverByValue    OverTime = ""
	OverEventTime  OverTime = "event"      // the one order key is an event time: rows wait for the watermark
	OverProcessing OverTime = "processing" // the order of arrival
)

// Over appends one column for each call: a function of a frame of rows, or of the place, of the row among those of its partition in the given
// order. Output: the input columns, then the calls.
type Over struct {
	Keys  []int      `json:"keys"`
	Order []SortKey  `json:"order,omitempty"`
	Calls []OverCall `json:"calls"`
	// Time is not used with Final.
	Time          OverTime `json:"time,omitempty"`
	RowKey        []int    `json:"rowKey,omitempty"` // a unique key of the input rows; nil: the whole row. Used for updating input.
	InputUpdating bool     `json:"inputUpdating,omitempty"`
	UpdateBefore  bool     `json:"updateBefore,omitempty"`
	Final         bool     `json:"final,omitempty"` // emit only at the end of input
	TTLMillis     int64    `json:"ttlMillis,omitempty"`
}

// OverCall is an aggregate over a frame, or a ranking or offset function: ROW_NUMBER, RANK, DENSE_RANK, PERCENT_RANK, CUME_DIST, NTILE, LAG, LEAD.
// Args of LAG and LEAD are the value and, optionally, the default; then perhaps the offset.
type OverCall struct {
	Agg
	// Frame of an aggregate.
	Frame Frame `json:"frame"`
	// Offset is how many rows back (LAG) or on (LEAD), or the number of buckets (NTILE).
	Offset int64 `json:"offset,omitempty"`
	// OffsetArg: the last one of Args, an integer, is the offset of LAG or LEAD instead. Where it is NULL, so is the result.
	OffsetArg bool `json:"offsetArg,omitempty"`
}

// Frame is the rows of an aggregate: from the lower to the upper bound, both included. With Rows it counts rows, else it compares the value of
// the first order key, and rows that are equal in the order are in or out together.
type Frame struct {
	Rows  bool  `json:"rows,omitempty"`
	Lower Bound `json:"lower"`
	Upper Bound `json:"upper"`
}

// Bound is one end of a frame.
type Bound struct {
	// Unbounded is the first row of the partition (Lower) or the last (Upper).
	Unbounded bool `json:"unbounded,omitempty"`
	// Current is the current row, or in a RANGE its peers.
	Current bool `json:"current,omitempty"`
	// Offset counts from the current row in the direction of the order, PRECEDING is negative: rows, or for a RANGE the units of the order key
	// (its smallest decimal, milliseconds or days). For FLOAT and DOUBLE keys it is Float.
	Offset int64   `json:"offset,omitempty"`
	Float  float64 `json:"float,omitempty"`
}

// Whole tells whether the frame is always the whole partition.
func (f Frame) Whole() bool { return f.Lower.Unbounded && f.Upper.Unbounded }

// Running tells whether the frame begins with the first row and ends with the current one.
func (f Frame) Running() bool { return f.Lower.Unbounded && f.Upper.Current }

// IsPlace tells whether the call depends on places in the order instead of a frame.
func (c *OverCall) IsPlace() bool {
	switch c.Func {
	case "ROW_NUMBER", "RANK", "DENSE_RANK", "PERCENT_RANK", "CUME_DIST", "NTILE", "LAG", "LEAD":
		return true
	}
	return false
}

// Kind is the name of the kind in the JSON form.
func (*Over) Kind() string { return "over" }
