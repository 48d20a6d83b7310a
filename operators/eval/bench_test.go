package eval

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"testing"

	"millrace/operators/vector"
	"millrace/planner/expr"
	"millrace/sql/types"
)

// benchColumns are columns of MaxRows rows in the likeness of Nexmark bids.
func benchColumns() []column {
	r := rand.New(rand.NewPCG(7, 7))
	n := vector.MaxRows
	channels := []string{"Apple", "Google", "Baidu", "Facebook"}
	hot := make([]string, 4)
	for i := range hot {
		hot[i] = fmt.Sprintf("https://www.nexmark.com/abcd/efg/hij/item.htm?query=1&channel_id=%d", r.IntN(1<<30))
	}
	text := func(f func(i int) string) []any { return rows(n, func(i int) any { return f(i) }) }
	return []column{
		{tBig.AsNotNull(), rows(n, func(int) any { return int64(1000 + r.IntN(100_000)) })},
		{tBig.AsNotNull(), rows(n, func(int) any { return int64(r.IntN(10_000_000)) })},
		{tText.AsNotNull(), text(func(int) string {
			if r.IntN(2) == 0 {
				return channels[r.IntN(4)]
			}
			return fmt.Sprintf("channel-%d", r.IntN(10_000))
		})},
		{tText.AsNotNull(), text(func(int) string {
			if r.IntN(2) == 0 {
				return hot[r.IntN(4)]
			}
			return fmt.Sprintf("https://www.nexmark.com/%04d/x/y/item.htm?query=1&channel_id=%d", r.IntN(10_000), r.IntN(1<<30))
		})},
		{tTs.AsNotNull(), rows(n, func(i int) any { return int64(1_700_000_000_000 + i*10) })},
		{tDouble.AsNotNull(), rows(n, func(int) any { return r.Float64() * 1000 })},
		{dec(10, 2), rows(n, func(i int) any {
			if i%16 == 0 {
				return nil
			}
			return int64(r.IntN(1_000_000))
		})},
		{tInt, rows(n, func(i int) any {
			if i%16 == 0 {
				return nil
			}
			return int64(r.IntN(100))
		})},
		{tText.AsNotNull(), text(func(int) string { return strconv.Itoa(r.IntN(1_000_000)) })},
		{dec(30, 4), rows(n, func(int) any { return int64(r.IntN(1 << 40)) })},
	}
}

func BenchmarkKernels(b *testing.B) {
	cols := benchColumns()
	c := func(i int) *expr.Expr { return expr.NewColumn(i, cols[i].typ) }
	nn := func(t types.Type) types.Type { return t.AsNotNull() }
	price, channel, url, ts, dbl := c(1), c(2), c(3), c(4), c(5)
	str := func(s string) *expr.Expr { return lit(nn(tText), s) }
	num := func(v int) *expr.Expr { return lit(nn(tBig), v) }
	small := func(v int) *expr.Expr { return lit(nn(tInt), v) }
	lower := call("LOWER", nn(tText), channel)
	cases := []struct {
		name string
		e    *expr.Expr
	}{
		{"arith/int64+int64", call("+", nn(tBig), c(0), price)},
		{"arith/int64*const", call("*", nn(tBig), price, num(3))},
		{"arith/int64/const", call("/", nn(tBig), price, num(7))},
		{"arith/mod-const", call("%", nn(tBig), c(0), num(123))},
		{"arith/int64/int64", call("/", nn(tBig), price, c(0))},
		{"arith/int32+const,nulls", call("+", tInt, c(7), small(1))},
		{"arith/double*double", call("*", nn(tDouble), dbl, dbl)},
		{"decimal/0.908*bigint", call("*", nn(dec(23, 3)), cast(price, nn(dec(19, 0))), lit(nn(dec(3, 3)), 908))},
		{"decimal/compact-sum", call("+", dec(11, 2), c(6), c(6))},
		{"decimal/compact-div", call("/", dec(17, 8), c(6), lit(nn(dec(5, 1)), 30))},
		{"decimal/wide-sum", call("+", dec(31, 4), c(9), c(9))},
		{"decimal/wide-div", call("/", dec(38, 8), c(9), lit(nn(dec(5, 1)), 30))},
		{"compare/int64>const", call(">", nn(tBool), price, num(5_000_000))},
		{"compare/int64<int64", call("<", nn(tBool), c(0), price)},
		{"compare/text=const", call("=", nn(tBool), channel, str("Apple"))},
		{"compare/text<text", call("<", nn(tBool), channel, url)},
		{"logic/and", call("AND", nn(tBool), call(">", nn(tBool), price, num(100)), call("<", nn(tBool), price, num(5_000_000)))},
		{"logic/in-6-ints", call("IN", nn(tBool), c(0), num(1007), num(1020), num(2001), num(2019), num(2087), num(3))},
		{"case/ints", call("CASE", nn(tInt), call("<", nn(tBool), price, num(10_000)), small(1), call("<", nn(tBool), price, num(1_000_000)), small(2), small(3))},
		{"case/text", call("CASE", nn(tText), call("=", nn(tBool), lower, str("apple")), str("0"), call("=", nn(tBool), lower, str("google")), str("1"), channel)},
		{"case/guarded-div", call("CASE", tInt, call("<>", tBool, c(7), small(0)), call("/", tInt, small(1000), c(7)), lit(tInt, nil))},
		{"coalesce/int32", call("COALESCE", tInt, c(7), small(0))},
		{"cast/bigint-double", cast(price, nn(tDouble))},
		{"cast/double-int", cast(dbl, nn(tInt))},
		{"cast/bigint-text", cast(price, nn(tText))},
		{"cast/text-int", cast(c(8), nn(tInt))},
		{"cast/double-text", cast(dbl, nn(tText))},
		{"cast/timestamp-text", cast(ts, nn(tText))},
		{"cast/decimal-text", cast(c(6), tText)},
		{"cast/text-timestamp", cast(cast(ts, nn(tText)), nn(tTs))},
		{"time/hour", call("EXTRACT", nn(tBig), sym("HOUR"), ts)},
		{"time/date_format-day", call("DATE_FORMAT", tText, ts, str("yyyy-MM-dd"))},
		{"time/date_format-ms", call("DATE_FORMAT", tText, ts, str("yyyy-MM-dd HH:mm:ss.SSS"))},
		{"time/ts+interval", call("+", nn(tTs), ts, lit(nn(types.IntervalDayTimeType("SECOND", 2, 3)), 10_000))},
		{"time/floor-hour", call("FLOOR", nn(tTs), ts, sym("HOUR"))},
		{"time/ltz-date", cast(cast(ts, nn(tLtz)), nn(tDate))},
		{"text/lower", lower},
		{"text/char_length", call("CHAR_LENGTH", nn(tInt), url)},
		{"text/substring", call("SUBSTRING", nn(tText), url, small(9), small(15))},
		{"text/concat", call("||", nn(tText), channel, channel)},
		{"text/like-contains", call("LIKE", nn(tBool), url, str("%channel_id%"))},
		{"text/like-prefix", call("LIKE", nn(tBool), url, str("https%"))},
		{"text/split_index", call("SPLIT_INDEX", tText, url, str("/"), small(3))},
		{"text/split_index*3", call("CONCAT", tText, call("SPLIT_INDEX", tText, url, str("/"), small(3)), call("SPLIT_INDEX", tText, url, str("/"), small(4)), call("SPLIT_INDEX", tText, url, str("/"), small(5)))},
		{"text/regexp_extract-q21", call("REGEXP_EXTRACT", tText, url, str("(&|^)channel_id=([^&]*)"), small(2))},
		{"text/replace", call("REPLACE", nn(tText), url, str("item"), str("x"))},
		{"text/md5", call("MD5", nn(types.CharType(32)), channel)},
		{"nested/row", call("ROW", nn(types.RowType(types.Field{Name: "a", Type: nn(tBig)}, types.Field{Name: "b", Type: nn(tText)})), price, channel)},
		{"nested/array-item", call("ITEM", tBig, call("ARRAY", nn(types.ArrayType(nn(tBig))), c(0), price), small(2))},
		{"math/power", call("POWER", nn(tDouble), dbl, lit(nn(tDouble), 2.5))},
		{"math/round", call("ROUND", nn(tDouble), dbl, small(2))},
	}
	pool := vector.NewPool(0)
	batch := batchOf(b, pool, cols, 0, vector.MaxRows)
	for _, bc := range cases {
		b.Run(bc.name, func(b *testing.B) {
			p, err := Compile([]*expr.Expr{bc.e}, testEnv)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				out, err := p.Eval(pool, batch)
				if err != nil {
					b.Fatal(err)
				}
				release(out)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/vector.MaxRows, "ns/row")
		})
	}
}

func BenchmarkFilter(b *testing.B) {
	cols := benchColumns()
	price, url := expr.NewColumn(1, cols[1].typ), expr.NewColumn(3, cols[3].typ)
	cases := []struct {
		name string
		e    *expr.Expr
	}{
		{"int64>const,half", call(">", tBool, price, lit(tBig, 5_000_000))},
		{"mod-const=0", call("=", tBool, call("%", tBig, expr.NewColumn(0, cols[0].typ), lit(tBig, 123)), lit(tBig, 0))},
		{"two-conjuncts", call("AND", tBool, call(">", tBool, price, lit(tBig, 9_000_000)), call("LIKE", tBool, url, lit(tText, "%channel_id%")))},
	}
	pool := vector.NewPool(0)
	batch := batchOf(b, pool, cols, 0, vector.MaxRows)
	for _, bc := range cases {
		b.Run(bc.name, func(b *testing.B) {
			f, err := CompileFilter(bc.e, testEnv)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := f.Eval(pool, batch); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/vector.MaxRows, "ns/row")
		})
	}
}

func BenchmarkCompile(b *testing.B) {
	e := call("CASE", tText, call(">", tBool, c0(tBig), lit(tBig, 10)), call("UPPER", tText, c1(tText)), lit(tText, "x"))
	b.Run("program", func(b *testing.B) {
		for b.Loop() {
			if _, err := Compile([]*expr.Expr{e}, testEnv); err != nil {
				b.Fatal(err)
			}
		}
	})
	c := cast(lit(tText, "12"), tInt)
	b.Run("fold", func(b *testing.B) {
		for b.Loop() {
			if _, err := Fold(c, nil); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkSmallBatch is the cost of a batch, whatever its rows.
func BenchmarkSmallBatch(b *testing.B) {
	cols := []column{{tBig, []any{int64(5)}}, {tText, []any{"abc"}}}
	exprs := []*expr.Expr{call("+", tBig, c0(tBig), lit(tBig, 1)), call("UPPER", tText, c1(tText)), call(">", tBool, c0(tBig), lit(tBig, 3))}
	pool := vector.NewPool(0)
	batch := batchOf(b, pool, cols, 0, 1)
	p, err := Compile(exprs, testEnv)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		out, err := p.Eval(pool, batch)
		if err != nil {
			b.Fatal(err)
		}
		release(out)
	}
}
