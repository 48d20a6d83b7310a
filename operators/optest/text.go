package optest

import (
	"fmt"
	"math/big"
	"regexp"
	"strconv"
	"strings"

	"millrace/operators/vector"
	"millrace/planner/plan"
	"millrace/sql/types"
)

// ParseType reads a type as types.Type.String writes it, without ROW and intervals.
func ParseType(s string) (types.Type, error) {
	s = strings.TrimSpace(s)
	if base, ok := strings.CutSuffix(s, " NOT NULL"); ok {
		t, err := ParseType(base)
		return t.AsNotNull(), err
	}
	if inner, ok := strings.CutSuffix(s, ">"); ok {
		name, elem, _ := strings.Cut(inner, "<")
		t, err := ParseType(elem)
		switch name {
		case "ARRAY":
			return types.ArrayType(t), err
		case "MULTISET":
			return types.MultisetType(t), err
		}
	}
	var p, q int
	switch {
	case scan(s, "DECIMAL(%d,%d)", &p, &q):
		return types.DecimalType(p, q), nil
	case scan(s, "TIMESTAMP(%d)", &p):
		return types.TimestampType(p), nil
	case scan(s, "TIMESTAMP_LTZ(%d)", &p):
		return types.TimestampLTZType(p), nil
	case scan(s, "VARCHAR(%d)", &p):
		return types.VarCharType(p), nil
	}
	for _, t := range []types.Type{
		types.BooleanType(), types.TinyIntType(), types.SmallIntType(), types.IntType(), types.BigIntType(),
		types.FloatType(), types.DoubleType(), types.DateType(), types.StringType(), types.BytesType(),
	} {
		if t.String() == s {
			return t, nil
		}
	}
	return types.Type{}, fmt.Errorf("type %q", s)
}

func scan(s, format string, args ...any) bool {
	n, err := fmt.Sscanf(strings.ReplaceAll(s, " ", ""), format, args...)
	return err == nil && n == len(args)
}

// ParseSchema reads "k STRING, v INT NOT NULL".
func ParseSchema(s string) (types.Schema, error) {
	var out types.Schema
	for _, part := range splitTop(s) {
		name, typ, _ := strings.Cut(strings.TrimSpace(part), " ")
		t, err := ParseType(typ)
		if err != nil {
			return nil, fmt.Errorf("column %s: %w", name, err)
		}
		out = append(out, types.Field{Name: name, Type: t})
	}
	return out, nil
}

// splitTop splits at commas outside of brackets.
func splitTop(s string) (out []string) {
	depth, from := 0, 0
	for i, c := range s {
		switch c {
		case '(', '<':
			depth++
		case ')', '>':
			depth--
		case ',':
			if depth == 0 {
				out = append(out, s[from:i])
				from = i + 1
			}
		}
	}
	return append(out, s[from:])
}

// ParseRow reads "+I a|3|NULL"; the kind may be left out.
func ParseRow(line string, schema types.Schema) (Row, error) {
	r := Row{}
	for k := range vector.RowKind(4) {
		if rest, ok := strings.CutPrefix(line, k.String()+" "); ok {
			r.Kind, line = k, rest
		}
	}
	fields := strings.Split(line, "|")
	if len(fields) != len(schema) {
		return r, fmt.Errorf("row %q: %d fields for %d columns", line, len(fields), len(schema))
	}
	for i, f := range fields {
		x, err := parseValue(f, schema[i].Type)
		if err != nil {
			return r, fmt.Errorf("row %q: %w", line, err)
		}
		r.Values = append(r.Values, x)
	}
	return r, nil
}

func parseValue(f string, t types.Type) (any, error) {
	switch {
	case f == "NULL":
		return nil, nil
	case t.Kind == types.Array:
		var out []any
		for e := range strings.SplitSeq(strings.Trim(f, "[]"), ",") {
			x, err := parseValue(e, *t.Elem)
			if err != nil {
				return nil, err
			}
			out = append(out, x)
		}
		return out, nil
	case t.IsText() || t.IsBinary():
		return f, nil
	case t.Kind == types.Boolean:
		return strconv.ParseBool(f)
	case t.Kind == types.Float || t.Kind == types.Double:
		return strconv.ParseFloat(f, 64)
	case t.Kind == types.Decimal:
		whole, frac, _ := strings.Cut(f, ".")
		frac += strings.Repeat("0", t.Scale-len(frac))
		x, ok := new(big.Int).SetString(whole+frac, 10)
		if !ok {
			return nil, fmt.Errorf("decimal %q", f)
		}
		if t.Precision <= 18 {
			return int(x.Int64()), nil
		}
		return x, nil
	default:
		return strconv.Atoi(f)
	}
}

// ParseAgg reads an aggregate call: "COUNT(DISTINCT x) FILTER f -> BIGINT NOT NULL"; "RESPECT NULLS" or "IGNORE NULLS" may follow the
// arguments.
func ParseAgg(s string, schema types.Schema) (plan.Agg, error) {
	form := regexp.MustCompile(`^([A-Z_0-9$]+)\((DISTINCT )?([^)]*)\)( RESPECT NULLS| IGNORE NULLS)?(?: FILTER (\w+))? -> (.*)$`)
	m := form.FindStringSubmatch(strings.TrimSpace(s))
	if m == nil {
		return plan.Agg{}, fmt.Errorf("aggregate call %q", s)
	}
	a := plan.Agg{Func: m[1], Distinct: m[2] != "", Filter: -1}
	switch m[1] {
	case "FIRST_VALUE", "LAST_VALUE":
		a.IgnoreNulls = m[4] != " RESPECT NULLS"
	default:
		a.IgnoreNulls = m[4] == " IGNORE NULLS"
	}
	column := func(name string) (int, error) {
		i := schema.Index(strings.TrimSpace(name))
		if i < 0 {
			return 0, fmt.Errorf("aggregate call %q: column %q", s, name)
		}
		return i, nil
	}
	if m[3] != "*" {
		for name := range strings.SplitSeq(m[3], ",") {
			i, err := column(name)
			if err != nil {
				return a, err
			}
			a.Args = append(a.Args, i)
		}
	}
	var err error
	if m[5] != "" {
		if a.Filter, err = column(m[5]); err != nil {
			return a, err
		}
	}
	a.Type, err = ParseType(m[6])
	return a, err
}
