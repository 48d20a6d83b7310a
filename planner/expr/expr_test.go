package expr

import (
	"encoding/json"
	"math/big"
	"testing"

	"millrace/sql/types"
)

// literals has a value of each storage.
func literals() []*Expr {
	huge, _ := new(big.Int).SetString("-12345678901234567890123456789", 10)
	row := types.RowType(types.Field{Name: "a", Type: types.IntType()}, types.Field{Name: "b", Type: types.StringType()})
	return []*Expr{
		NewNull(types.IntType()), NewBool(true), NewInt(-7), NewLiteral(int64(1)<<62, types.BigIntType()),
		NewLiteral(1.5e-300, types.DoubleType()), NewLiteral("it's", types.CharType(4)), NewLiteral([]byte{0, 255}, types.BytesType()),
		NewLiteral(int64(12345), types.DecimalType(10, 2)), NewLiteral(huge, types.DecimalType(38, 3)),
		NewLiteral(int64(0), types.DateType()), NewLiteral([]any{int64(1), nil}, types.ArrayType(types.IntType())),
		NewLiteral([]any{int64(1), "x"}, row), NewLiteral([][2]any{{"k", int64(2)}}, types.MapType(types.StringType(), types.IntType())),
		NewLiteral("DAY", types.Type{Kind: types.Symbol}),
	}
}

func TestJSON(t *testing.T) {
	a, b := NewColumn(0, types.IntType()), NewColumn(3, types.StringType())
	all := append(literals(), NewCall("+", types.IntType(), a, NewInt(1)), NewCast(a, types.StringType()),
		NewField(NewColumn(1, types.RowType(types.Field{Name: "x", Type: types.DateType()})), 0), And(NewCall("IS NULL", types.BooleanType(), b), NewBool(false)))
	for _, e := range all {
		text, err := json.Marshal(e)
		if err != nil {
			t.Fatalf("%s: %v", e, err)
		}
		var back Expr
		if err := json.Unmarshal(text, &back); err != nil || !Equal(e, &back) {
			t.Errorf("%s comes back as %s, %v: %s", e, &back, err, text)
		}
	}
	for i, x := range all {
		for j, y := range all {
			if Equal(x, y) != (i == j) {
				t.Errorf("%s equal to %s: %v", x, y, i != j)
			}
		}
	}
}

func TestText(t *testing.T) {
	a := NewColumn(0, types.IntType())
	row := NewColumn(1, types.RowType(types.Field{Name: "x", Type: types.DateType()}))
	for want, e := range map[string]*Expr{
		"(a + 1)":               NewCall("+", types.IntType(), a, NewInt(1)),
		"CAST(a AS STRING)":     NewCast(a, types.StringType()),
		"r.x":                   NewField(row, 0),
		"a IS NULL":             NewCall("IS NULL", types.BooleanType(), a),
		"(TRUE AND FALSE)":      And(NewBool(true), NewBool(false)),
		"UPPER('it''s')":        NewCall("UPPER", types.StringType(), NewLiteral("it's", types.CharType(4))),
		"-0.05":                 NewLiteral(int64(-5), types.DecimalType(3, 2)),
		"EXTRACT(FLAG(DAY), a)": NewCall("EXTRACT", types.BigIntType(), NewLiteral("DAY", types.Type{Kind: types.Symbol}), a),
	} {
		if got := Text(e, []string{"a", "r"}); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

func TestRewrites(t *testing.T) {
	a, b := NewColumn(0, types.IntType()), NewColumn(1, types.IntType())
	sum := NewCall("+", types.IntType(), a, NewCall("*", types.IntType(), b, NewInt(2)))
	if got := Shift(sum, 3).String(); got != "($3 + ($4 * 2))" {
		t.Error(got)
	}
	if got := Substitute(sum, []*Expr{NewInt(9), a}).String(); got != "(9 + ($0 * 2))" {
		t.Error(got)
	}
	if got := sum.String(); got != "($0 + ($1 * 2))" {
		t.Errorf("a rewrite changed its input: %s", got)
	}
	if Transform(sum, func(e *Expr) *Expr { return e }) != sum {
		t.Error("what does not change is shared")
	}
	c := And(NewBool(true), And(NewBool(false), sum), sum)
	if n := len(Conjuncts(c)); n != 4 {
		t.Errorf("%d conjuncts", n)
	}
	if And() != nil || Conjuncts(nil) != nil || And(a) != a {
		t.Error("conjunctions of none and one")
	}
	if cols := Columns(sum, nil); len(cols) != 2 || !cols[0] || !cols[1] {
		t.Error(cols)
	}
}
