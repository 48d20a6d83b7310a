package physical

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"millrace/planner/logical"
	"millrace/planner/plan"
	"millrace/sql/sqlerr"
	"millrace/sql/types"
)

func (b *builder) over(t *logical.Over, in int, s types.Schema, mode plan.Mode) (int, error) {
	o := &plan.Over{
		Keys: t.Keys, Order: t.Order, InputUpdating: b.info.Kinds[t.Input].Updating(), UpdateBefore: b.info.Before[t], Final: b.cfg.Batch,
		TTLMillis: b.ttl(-1),
	}
	for _, c := range t.Calls {
		o.Calls = append(o.Calls, c.OverCall)
	}
	if !b.cfg.Batch {
		if err := checkOver(t); err != nil {
			return 0, err
		}
		o.Time = logical.OverTime(t)
		if keys := logical.UniqueKeys(t.Input); len(keys) > 0 && o.InputUpdating {
			o.RowKey = keys[0]
		}
	}
	e, p := b.keyed(in, t.Keys)
	return b.add(o, []plan.Edge{e}, s, mode, p, "over "+columnNames(b.node(in).Schema, t.Keys)), nil
}

// checkOver refuses windows that cannot be computed over a stream.
func checkOver(t *logical.Over) error {
	refuse := func(p *sqlerr.Place, format string, args ...any) error {
		return sqlerr.NewAt(p, sqlerr.Unsupported, format, args...)
	}
	for _, c := range t.Calls {
		switch {
		case !c.Limited:
		case c.Func == "RANK" || c.Func == "DENSE_RANK":
			if w := logical.WindowOf(t.Input); w != nil && slices.Contains(t.Keys, w.Start) && slices.Contains(t.Keys, w.End) {
				return refuse(c.Place, "%s() is not supported on window Top-N, only ROW_NUMBER() is", c.Func)
			}
			return refuse(c.Place, "%s() on a streaming table is not supported as a Top-N", c.Func)
		case c.Func == "ROW_NUMBER":
			return sqlerr.NewAt(c.Place, sqlerr.Unsupported, "ROW_NUMBER() without a constant upper bound on it is not supported").WithHint(
				"a Top-N has the form: SELECT ... FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY ... ORDER BY ...) AS rn FROM ...) WHERE rn <= N")
		}
	}
	first := t.Calls[0].Place
	if len(t.Order) != 1 {
		return refuse(first, "an OVER window of a stream needs an ORDER BY with one key")
	}
	if t.Order[0].Descending {
		return refuse(first, "an OVER window of a stream can only be ordered ascending")
	}
	if logical.OverTime(t) != plan.OverByValue {
		for _, c := range t.Calls {
			if c.OffsetArg {
				return refuse(c.Place, "an offset of %s that is not constant, in a window ordered by time, is not supported yet", c.Func)
			}
		}
		return nil
	}
	for _, c := range t.Calls {
		if !c.IsPlace() && !c.Frame.Lower.Unbounded {
			return refuse(c.Place, "an OVER window of a stream that is not ordered by time must begin with UNBOUNDED PRECEDING")
		}
	}
	return nil
}

func describeOver(t *plan.Over, s, out types.Schema) string {
	var a []string
	if len(t.Keys) > 0 {
		a = append(a, "partitionBy=["+strings.Join(s.Project(t.Keys).Names(), ", ")+"]")
	}
	if len(t.Order) > 0 {
		a = append(a, "orderBy=["+orderText(t.Order, s)+"]")
	}
	var windows, sel []string
	sel = append(sel, s.Names()...)
	for i, c := range t.Calls {
		if w := frameText(c.Frame); !c.IsPlace() && !slices.Contains(windows, w) {
			windows = append(windows, w)
		}
		args := s.Project(c.Args).Names()
		switch c.Func {
		case "COUNT":
			if len(args) == 0 {
				args = []string{"*"}
			}
		case "LAG", "LEAD":
			offset := strconv.FormatInt(c.Offset, 10)
			if c.OffsetArg {
				offset, args = args[len(args)-1], args[:len(args)-1]
			}
			args = slices.Insert(args, 1, offset)
		case "NTILE":
			args = []string{strconv.FormatInt(c.Offset, 10)}
		}
		text := strings.Join(args, ", ")
		if c.Distinct {
			text = "DISTINCT " + text
		}
		sel = append(sel, c.Func+"("+text+") AS "+out[len(s)+i].Name)
	}
	for _, w := range windows {
		a = append(a, "window=["+w+"]")
	}
	return "OverAggregate(" + strings.Join(append(a, "select=["+strings.Join(sel, ", ")+"]"), ", ") + ")"
}

func frameText(f plan.Frame) string {
	unit := "RANGE"
	if f.Rows {
		unit = "ROWS"
	}
	return unit + " BETWEEN " + boundText(f.Lower, "PRECEDING") + " AND " + boundText(f.Upper, "FOLLOWING")
}

func boundText(b plan.Bound, unbounded string) string {
	n := strconv.FormatInt(max(b.Offset, -b.Offset), 10)
	if b.Float != 0 {
		n = fmt.Sprint(max(b.Float, -b.Float))
	}
	switch {
	case b.Unbounded:
		return "UNBOUNDED " + unbounded
	case b.Current:
		return "CURRENT ROW"
	case b.Offset < 0 || b.Float < 0 || unbounded == "PRECEDING" && b.Offset == 0:
		return n + " PRECEDING"
	default:
		return n + " FOLLOWING"
	}
}
