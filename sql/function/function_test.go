package function_test

import (
	"strings"
	"testing"

	"millrace/sql/function"
	"millrace/sql/types"
)

// TestRegistryIsComplete checks that every entry can be listed and described.
func TestRegistryIsComplete(t *testing.T) {
	seen := map[string]bool{}
	for _, f := range function.All() {
		for _, name := range append([]string{f.Name}, f.Aliases...) {
			if seen[name] {
				t.Errorf("%s is there twice", name)
			}
			seen[name] = true
			if name != strings.ToUpper(name) {
				t.Errorf("%s is not upper case", name)
			}
			if function.Lookup(strings.ToLower(name)) != f {
				t.Errorf("%s is not found", name)
			}
		}
		if f.Category == "" || f.Usage == "" || f.Doc == "" {
			t.Errorf("%s lacks category, usage or doc: %+v", f.Name, f)
		}
		if len(f.Doc) > 0 && !strings.HasSuffix(f.Doc, ".") && !strings.HasSuffix(f.Doc, ".)") {
			t.Errorf("the doc of %s is no sentence: %s", f.Name, f.Doc)
		}
	}
	if len(function.All()) < 250 {
		t.Errorf("only %d functions", len(function.All()))
	}
	if function.Lookup("nosuch") != nil {
		t.Error("a function that does not exist is found")
	}
}

// samples are argument types of every kind.
func samples() []types.Type {
	nn := func(t types.Type) types.Type { return t.AsNotNull() }
	return []types.Type{
		types.IntType(), nn(types.BigIntType()), types.TinyIntType(), types.DecimalType(10, 2), nn(types.DecimalType(38, 18)), types.FloatType(),
		nn(types.DoubleType()), types.StringType(), nn(types.CharType(3)), types.VarCharType(5), types.BytesType(), nn(types.BinaryType(2)),
		types.BooleanType(), types.DateType(), types.TimeType(3), types.TimestampType(3), types.TimestampLTZType(9),
		types.IntervalYearMonthType("MONTH", 2), types.IntervalDayTimeType("SECOND", 2, 3), types.NullType(),
		types.ArrayType(types.IntType()), nn(types.ArrayType(nn(types.CharType(1)))), types.MapType(types.StringType(), types.IntType()),
		types.MultisetType(types.StringType()), types.RowType(types.Field{Name: "a", Type: types.IntType()}),
	}
}

// TestSignaturesAreSound applies every signature to up to three arguments of every kind: a resolution has a type for each argument that the
// argument can be cast to, and a type of its own.
func TestSignaturesAreSound(t *testing.T) {
	ts := samples()
	var lists [][]types.Type
	lists = append(lists, nil)
	for _, a := range ts {
		lists = append(lists, []types.Type{a})
		for _, b := range ts {
			lists = append(lists, []types.Type{a, b})
			for _, c := range []types.Type{ts[0], ts[7], ts[12], ts[19]} {
				lists = append(lists, []types.Type{a, b, c})
			}
		}
	}
	for _, f := range function.All() {
		taken := false
		for _, list := range lists {
			r, err := f.Resolve(function.Of(list...), function.Mode{})
			if err != nil {
				continue
			}
			taken = true
			check(t, f, list, r)
		}
		literals := []function.Arg{{Type: types.StringType(), Literal: true, Value: "c"}, {Type: types.StringType(), Literal: true, Value: "a"}, {Type: types.IntType()}}
		if _, err := f.Resolve(literals, function.Mode{}); err == nil {
			taken = true
		}
		plain := f.Class == function.Scalar || f.Class == function.Aggregate || f.Class == function.Ranking || f.Class == function.Grouping
		needsOther := f.Category == "variant" || strings.HasPrefix(f.Category, "bitmap") || f.Name == "TRIM" || f.Name == "OBJECT_UPDATE"
		if plain && !taken && !needsOther {
			t.Errorf("%s takes no arguments of those tried", f.Name)
		}
	}
}

func check(t *testing.T, f *function.Function, list []types.Type, r function.Resolution) {
	t.Helper()
	if len(r.Args) != len(list) {
		t.Fatalf("%s of %v: %d types for %d arguments", f.Name, list, len(r.Args), len(list))
	}
	if r.Result.Kind == types.Invalid || r.Result.Kind == types.Null {
		t.Errorf("%s of %v has the type %s", f.Name, list, r.Result)
	}
	for i, a := range list {
		if a.Kind == types.Null || a.Same(r.Args[i]) {
			continue
		}
		if err := function.Castable(a, r.Args[i]); err != nil {
			t.Errorf("%s of %v: argument %d: %v", f.Name, list, i+1, err)
		}
		if r.Args[i].NotNull && !a.NotNull {
			t.Errorf("%s of %v: argument %d became NOT NULL", f.Name, list, i+1)
		}
	}
}

// TestLattice checks laws of the common types over every pair.
func TestLattice(t *testing.T) {
	for _, a := range samples() {
		if c, err := function.Common(a, a); err != nil || !c.Equal(a) {
			t.Errorf("the common type of %s and itself is %s, %v", a, c, err)
		}
		if a.Kind != types.Null && !function.Implicit(a, a) {
			t.Errorf("%s does not go where it is wanted", a)
		}
		for _, b := range samples() {
			c, err := function.Common(a, b)
			d, err2 := function.Common(b, a)
			if (err == nil) != (err2 == nil) {
				t.Errorf("%s and %s have a common type in one order only", a, b)
			}
			if err != nil {
				continue
			}
			if c.NotNull != (a.NotNull && b.NotNull) {
				t.Errorf("the common type of %s and %s is %s", a, b, c)
			}
			approx := func(t types.Type) bool { return t.Kind == types.Float || t.Kind == types.Double }
			if !c.Equal(d) && !(approx(a) && approx(b)) && !(a.IsTimestamp() && b.IsTimestamp()) {
				t.Errorf("the common type of %s and %s depends on the order: %s, %s", a, b, c, d)
			}
			for _, x := range []types.Type{a, b} {
				if c.Kind != types.Null && x.Kind != types.Null && function.Castable(x, c) != nil {
					t.Errorf("%s cannot be cast to the common type %s", x, c)
				}
			}
			if m, err := function.Merge(a, b); err != nil || m.Kind != types.Null && m.NotNull != c.NotNull {
				t.Errorf("%s and %s have the common type %s but merge to %s, %v", a, b, c, m, err)
			}
		}
	}
}

func TestDecimalArithmetic(t *testing.T) {
	d := types.DecimalType
	for _, c := range []struct {
		op   string
		a, b types.Type
		want types.Type
	}{
		{"+", d(5, 2), d(10, 4), d(11, 4)},
		{"-", d(38, 0), d(38, 0), d(38, 0)},
		{"+", d(38, 0), d(38, 18), d(38, 6)},
		{"*", d(38, 18), d(38, 18), d(38, 6)},
		{"*", d(38, 38), d(38, 38), d(38, 37)},
		{"/", d(5, 2), d(10, 4), d(20, 13)},
		{"/", d(38, 10), d(38, 30), d(38, 6)},
		{"/", types.IntType(), d(5, 2), d(18, 6)},
		{"%", d(5, 2), types.IntType(), d(5, 2)},
		{"%", d(38, 0), types.IntType(), types.IntType()},
		{"%", types.BigIntType(), types.TinyIntType(), types.TinyIntType()},
		{"+", types.FloatType(), types.DoubleType(), types.FloatType()},
		{"+", types.FloatType(), d(2, 1), types.DoubleType()},
	} {
		got, ok := function.Arithmetic(c.op, c.a, c.b)
		if !ok || !got.Equal(c.want) {
			t.Errorf("%s %s %s is %s, want %s", c.a, c.op, c.b, got, c.want)
		}
	}
	if _, ok := function.Arithmetic("%", types.DoubleType(), types.IntType()); ok {
		t.Error("% takes a DOUBLE")
	}
}

func BenchmarkResolve(b *testing.B) {
	f := function.Lookup("SUBSTRING")
	args := function.Of(types.StringType(), types.IntType(), types.IntType())
	b.ReportAllocs()
	for b.Loop() {
		if _, err := f.Resolve(args, function.Mode{}); err != nil {
			b.Fatal(err)
		}
	}
}
