package physical

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"millrace/planner/plan"
	"millrace/sql/types"
)

// Describe names an operator with its attributes, as EXPLAIN and the UI show it.
func Describe(spec plan.Spec, in []types.Schema, out types.Schema) string {
	var s types.Schema
	if len(in) > 0 {
		s = in[0]
	}
	cols := func(ks []int) string { return "[" + strings.Join(s.Project(ks).Names(), ", ") + "]" }
	switch t := spec.(type) {
	case *plan.Source:
		return describeSource(t)
	case *plan.Sink:
		return "Sink(table=[" + t.Table + "], fields=[" + strings.Join(t.Schema.Names(), ", ") + "])"
	case *plan.Calc:
		return describeCalc(t, s, out)
	case *plan.Watermark:
		return "WatermarkAssigner(rowtime=[" + s[t.Column].Name + "], watermark=[" + exprText(t.Expr, s) + "])"
	case *plan.Values:
		return fmt.Sprintf("Values(rows=[%d], fields=[%s])", len(t.Rows), strings.Join(out.Names(), ", "))
	case *plan.Union:
		return "Union(all=[true], union=[" + strings.Join(out.Names(), ", ") + "])"
	case *plan.Expand:
		return fmt.Sprintf("Expand(projects=[%d], fields=[%s])", len(t.Projections), strings.Join(out.Names(), ", "))
	case *plan.GroupAggregate:
		return "GroupAggregate(" + groupBy(cols(t.Keys), len(t.Keys)) + "select=[" + strings.Join(append(s.Project(t.Keys).Names(), aggTexts(t.Aggs, s,
			out[len(t.Keys):])...), ", ") + "])"
	case *plan.WindowTVF:
		return "WindowTableFunction(window=[" + windowText(t.Window, s) + "])"
	case *plan.WindowAggregate:
		return describeWindowAggregate(t, s, out)
	case *plan.Rank:
		return describeRank(t, s)
	case *plan.Over:
		return describeOver(t, s, out)
	case *plan.Deduplicate:
		keep := map[bool]string{false: "FirstRow", true: "LastRow"}[t.KeepLast]
		order := "PROCTIME"
		if t.TimeColumn >= 0 {
			order = "ROWTIME"
		}
		return fmt.Sprintf("Deduplicate(keep=[%s], key=%s, order=[%s])", keep, cols(t.Keys), order)
	case *plan.Join:
		return describeJoin(t, in, out)
	case *plan.WindowJoin:
		j := &plan.Join{Join: t.Join, LeftKeys: t.LeftKeys, RightKeys: t.RightKeys, NullSafe: t.NullSafe, Residual: t.Residual, NullAware: t.NullAware}
		text, _, _ := strings.Cut(describeJoin(j, in, out), ", leftInputSpec")
		return fmt.Sprintf("Window%s, leftWindow=[%s], rightWindow=[%s])", text, in[0][t.LeftEnd].Name, in[1][t.RightEnd].Name)
	case *plan.IntervalJoin:
		return describeInterval(t, in, out)
	case *plan.TemporalJoin:
		return describeTemporal(t, in, out)
	case *plan.SetOp:
		name := map[bool]string{false: "Intersect", true: "Except"}[t.Except]
		return fmt.Sprintf("%s(all=[%t], fields=[%s])", name, t.All, strings.Join(out.Names(), ", "))
	case *plan.Sort:
		name := "Sort"
		if t.Temporal {
			name = "TemporalSort"
		}
		return name + "(orderBy=[" + orderText(t.Order, s) + "])"
	case *plan.Limit:
		return fmt.Sprintf("Limit(offset=[%d], fetch=[%d])", t.Offset, t.Count)
	case *plan.Unnest:
		where := ""
		if t.Condition != nil {
			where = ", where=[" + exprText(t.Condition, out) + "]"
		}
		return "Unnest(collection=[" + exprText(t.Collection, s) + "]" + where + ")"
	case *plan.ChangelogNormalize:
		return "ChangelogNormalize(key=" + cols(t.Keys) + ")"
	case *plan.SinkMaterialize:
		return "SinkMaterialize(key=" + cols(t.Keys) + ", conflict=[" + t.Conflict + "])"
	case *plan.DropUpdateBefore:
		if len(t.Keys) > 0 {
			return "DropUpdateBefore(key=" + cols(t.Keys) + ")"
		}
		return "DropUpdateBefore"
	default:
		return spec.Kind()
	}
}

func groupBy(keys string, n int) string {
	if n == 0 {
		return ""
	}
	return "groupBy=" + keys + ", "
}

func describeSource(t *plan.Source) string {
	var fields []string
	for _, c := range t.Projected {
		fields = append(fields, c.Name)
	}
	extra := ""
	s := make(types.Schema, len(t.Projected))
	for i, c := range t.Projected {
		s[i] = types.Field{Name: c.Name, Type: c.Type}
	}
	if len(t.Filter) > 0 {
		var fs []string
		for _, f := range t.Filter {
			fs = append(fs, exprText(f, s))
		}
		extra += ", filter=[" + strings.Join(fs, ", ") + "]"
	}
	if t.Watermark != nil {
		extra += ", watermark=[" + exprText(t.Watermark.Expr, s) + "]"
	}
	if t.Limit > 0 {
		extra += fmt.Sprintf(", limit=[%d]", t.Limit)
	}
	return "TableSourceScan(table=[" + t.Table + "], fields=[" + strings.Join(fields, ", ") + "]" + extra + ")"
}

func describeCalc(t *plan.Calc, s, out types.Schema) string {
	var sel []string
	for i, e := range t.Exprs {
		x := exprText(e, s)
		if x != out[i].Name {
			x += " AS " + out[i].Name
		}
		sel = append(sel, x)
	}
	w := ""
	if t.Filter != nil {
		w = ", where=[" + exprText(t.Filter, s) + "]"
	}
	return "Calc(select=[" + strings.Join(sel, ", ") + "]" + w + ")"
}

func aggTexts(as []plan.Agg, s, out types.Schema) []string {
	var sel []string
	for i, a := range as {
		args := strings.Join(s.Project(a.Args).Names(), ", ")
		if len(a.Args) == 0 {
			args = "*"
		}
		if a.Distinct {
			args = "DISTINCT " + args
		}
		x := a.Func + "(" + args + ")"
		if a.Filter >= 0 {
			x += " FILTER " + s[a.Filter].Name
		}
		sel = append(sel, x+" AS "+out[i].Name)
	}
	return sel
}

func millis(n int64) string {
	for _, u := range []struct {
		n    int64
		name string
	}{{86400000, "d"}, {3600000, "h"}, {60000, "min"}, {1000, "s"}} {
		if n != 0 && n%u.n == 0 {
			return fmt.Sprintf("%d %s", n/u.n, u.name)
		}
	}
	return fmt.Sprintf("%d ms", n)
}

func windowText(w plan.Window, s types.Schema) string {
	var a []string
	if w.ProcTime {
		a = append(a, "proctime")
	} else if w.Column >= 0 && w.Column < len(s) {
		a = append(a, "time_col=["+s[w.Column].Name+"]")
	}
	switch w.Kind {
	case plan.Session:
		a = append(a, "gap=["+millis(w.Size)+"]")
	case plan.Cumulate:
		a = append(a, "max_size=["+millis(w.Size)+"]", "step=["+millis(w.Slide)+"]")
	case plan.Hop:
		a = append(a, "size=["+millis(w.Size)+"]", "slide=["+millis(w.Slide)+"]")
	default:
		a = append(a, "size=["+millis(w.Size)+"]")
	}
	if w.Offset != 0 {
		a = append(a, "offset=["+millis(w.Offset)+"]")
	}
	return strings.ToUpper(string(w.Kind)) + "(" + strings.Join(a, ", ") + ")"
}

func describeWindowAggregate(t *plan.WindowAggregate, s, out types.Schema) string {
	w := windowText(t.Window, s)
	if t.Attached {
		w = fmt.Sprintf("%s(win_start=[%s], win_end=[%s])", strings.ToUpper(string(t.Window.Kind)), s[t.StartColumn].Name, s[t.EndColumn].Name)
	}
	keys := s.Project(t.Keys).Names()
	sel := append(slices.Clip(keys), aggTexts(t.Aggs, s, out[len(keys):])...)
	for i, c := range t.Columns {
		sel = append(sel, string(c)+"('w$) AS "+out[len(keys)+len(t.Aggs)+i].Name)
	}
	name := "WindowAggregate"
	if t.Legacy {
		name = "GroupWindowAggregate"
	}
	return name + "(" + groupBy("["+strings.Join(keys, ", ")+"]", len(keys)) + "window=[" + w + "], select=[" + strings.Join(sel, ", ") + "])"
}

func orderText(o []plan.SortKey, s types.Schema) string {
	var out []string
	for _, k := range o {
		x := s[k.Column].Name + " ASC"
		if k.Descending {
			x = s[k.Column].Name + " DESC"
		}
		if k.NullsLast != k.Descending {
			x += map[bool]string{false: " NULLS FIRST", true: " NULLS LAST"}[k.NullsLast]
		}
		out = append(out, x)
	}
	return strings.Join(out, ", ")
}

func describeRank(t *plan.Rank, s types.Schema) string {
	end := strconv.FormatInt(t.To, 10)
	switch {
	case t.ToColumn >= 0:
		end = s[t.ToColumn].Name
	case t.To == math.MaxInt64:
		end = "unbounded"
	}
	name := "Rank"
	if t.Window {
		name = "WindowRank"
	}
	part := ""
	if len(t.Keys) > 0 {
		part = "partitionBy=[" + strings.Join(s.Project(t.Keys).Names(), ", ") + "], "
	}
	return fmt.Sprintf("%s(rankType=[ROW_NUMBER], rankRange=[rankStart=%d, rankEnd=%s], %sorderBy=[%s], number=[%t])", name, t.From, end, part,
		orderText(t.Order, s), t.WithNumber)
}

func joinType(k plan.JoinKind) string {
	return map[plan.JoinKind]string{
		plan.Inner: "InnerJoin", plan.Left: "LeftOuterJoin", plan.Right: "RightOuterJoin", plan.Full: "FullOuterJoin",
		plan.Semi: "LeftSemiJoin", plan.Anti: "LeftAntiJoin",
	}[k]
}

func describeInterval(t *plan.IntervalJoin, in []types.Schema, out types.Schema) string {
	var conds []string
	for i := range t.LeftKeys {
		conds = append(conds, in[0][t.LeftKeys[i]].Name+" = "+in[1][t.RightKeys[i]].Name)
	}
	if t.Residual != nil {
		conds = append(conds, exprText(t.Residual, append(append(types.Schema(nil), in[0]...), in[1]...)))
	}
	return fmt.Sprintf("IntervalJoin(joinType=[%s], windowBounds=[isRowTime=%t, leftLowerBound=%d, leftUpperBound=%d, leftTime=%s, rightTime=%s], "+
		"where=[%s], select=[%s])", joinType(t.Join), !t.ProcTime, -t.Upper, -t.Lower, in[0][t.LeftTime].Name, in[1][t.RightTime].Name, strings.Join(conds, " AND "),
		strings.Join(out.Names(), ", "))
}

func describeTemporal(t *plan.TemporalJoin, in []types.Schema, out types.Schema) string {
	var conds []string
	for i := range t.LeftKeys {
		conds = append(conds, in[0][t.LeftKeys[i]].Name+" = "+in[1][t.RightKeys[i]].Name)
	}
	if t.Residual != nil {
		conds = append(conds, exprText(t.Residual, append(append(types.Schema(nil), in[0]...), in[1]...)))
	}
	valid := ""
	if t.Alive >= 0 {
		valid = ", valid=[" + in[1][t.Alive].Name + "]"
	}
	return fmt.Sprintf("TemporalJoin(joinType=[%s], where=[%s], leftTime=[%s], rightTime=[%s]%s, select=[%s])", joinType(t.Join),
		strings.Join(conds, " AND "), in[0][t.LeftTime].Name, in[1][t.RightTime].Name, valid, strings.Join(out.Names(), ", "))
}

func describeJoin(t *plan.Join, in []types.Schema, out types.Schema) string {
	kind := joinType(t.Join)
	var conds []string
	for i := range t.LeftKeys {
		op := "="
		if len(t.NullSafe) > i && t.NullSafe[i] {
			op = "IS NOT DISTINCT FROM"
		}
		conds = append(conds, in[0][t.LeftKeys[i]].Name+" "+op+" "+in[1][t.RightKeys[i]].Name)
	}
	if t.Residual != nil {
		conds = append(conds, exprText(t.Residual, append(append(types.Schema(nil), in[0]...), in[1]...)))
	}
	if len(conds) == 0 {
		conds = []string{"true"}
	}
	spec := func(unique, keys []int) string {
		if unique == nil {
			return "NoUniqueKey"
		}
		for _, u := range unique {
			found := false
			for _, k := range keys {
				found = found || k == u
			}
			if !found {
				return "HasUniqueKey"
			}
		}
		return "JoinKeyContainsUniqueKey"
	}
	aware := ""
	if t.NullAware {
		aware = ", nullAware=[true]"
	}
	return "Join(joinType=[" + kind + "], where=[" + strings.Join(conds, " AND ") + "], select=[" + strings.Join(out.Names(), ", ") + "], leftInputSpec=[" +
		spec(t.LeftUnique, t.LeftKeys) + "], rightInputSpec=[" + spec(t.RightUnique, t.RightKeys) + "]" + aware + ")"
}
