package thrown

import (
	"strings"
)

// calciteType is a type of ours, as text, in the notation of Flink's validator.
func calciteType(t string) string {
	t = strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(t), " NOT NULL"))
	inner := func(prefix string) (string, bool) {
		rest, ok := strings.CutPrefix(t, prefix+"<")
		return strings.TrimSuffix(rest, ">"), ok
	}
	switch {
	case t == "INT":
		return "INTEGER"
	case t == "STRING":
		return "VARCHAR(2147483647)"
	case t == "BYTES":
		return "VARBINARY(2147483647)"
	case strings.HasPrefix(t, "TIMESTAMP_LTZ"):
		return "TIMESTAMP_WITH_LOCAL_TIME_ZONE" + strings.TrimPrefix(t, "TIMESTAMP_LTZ")
	case strings.HasPrefix(t, "INTERVAL MONTH"), strings.HasPrefix(t, "INTERVAL YEAR"):
		return "INTERVAL YEAR TO MONTH"
	case strings.HasPrefix(t, "INTERVAL SECOND"), strings.HasPrefix(t, "INTERVAL DAY"):
		return "INTERVAL DAY TO SECOND"
	}
	if e, ok := inner("ARRAY"); ok {
		return calciteType(e) + " ARRAY"
	}
	if e, ok := inner("MULTISET"); ok {
		return calciteType(e) + " MULTISET"
	}
	if kv, ok := inner("MAP"); ok {
		parts := split(kv)
		if len(parts) == 2 {
			return "(" + calciteType(parts[0]) + ", " + calciteType(parts[1]) + ") MAP"
		}
	}
	if fields, ok := inner("ROW"); ok {
		parts := split(fields)
		for i, f := range parts {
			name, typ, _ := strings.Cut(strings.TrimSpace(f), " ")
			parts[i] = calciteType(typ) + " " + strings.Trim(name, "`")
		}
		return "RecordType:peek_no_expand(" + strings.Join(parts, ", ") + ")"
	}
	return t
}

// split cuts a list of types at the commas outside of brackets.
func split(list string) []string {
	var out []string
	depth, start := 0, 0
	for i, r := range list {
		switch r {
		case '<', '(':
			depth++
		case '>', ')':
			depth--
		case ',':
			if depth == 0 {
				out = append(out, list[start:i])
				start = i + 1
			}
		}
	}
	return append(out, list[start:])
}

// typeName is the bare name of a type: VARCHAR for STRING.
func typeName(t string) string {
	name, _, _ := strings.Cut(calciteType(t), "(")
	return name
}

// family is the family of a type in the signatures that Flink's validator prints.
func family(t string) string {
	switch n := typeName(t); n {
	case "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "FLOAT", "DOUBLE", "DECIMAL":
		return "NUMERIC"
	case "CHAR", "VARCHAR":
		return "CHARACTER"
	default:
		return calciteType(t)
	}
}
