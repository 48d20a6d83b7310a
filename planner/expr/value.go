package expr

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"
	"strconv"
	"strings"

	"millrace/sql/types"
)

// wire is the JSON form of Expr: the value as text, read back by the storage of its type.
type wire struct {
	*plain
	Value json.RawMessage `json:"value,omitempty"`
}

type plain Expr

// MarshalJSON writes the node with its value.
func (e *Expr) MarshalJSON() ([]byte, error) {
	w := wire{plain: (*plain)(e)}
	if e.Kind == Literal && e.Value != nil {
		v, err := json.Marshal(encodeValue(e.Value))
		if err != nil {
			return nil, fmt.Errorf("literal of %s: %w", e.Type, err)
		}
		w.Value = v
	}
	return json.Marshal(w)
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (e *Expr) UnmarshalJSON(b []byte) error {
	w := wire{plain: (*plain)(e)}
	if err := json.Unmarshal(b, &w); err != nil {
		return err
	}
	if e.Kind != Literal || w.Value == nil {
		return nil
	}
	v, err := decodeValue(w.Value, e.Type)
	if err != nil {
		return fmt.Errorf("literal of %s: %w", e.Type, err)
	}
	e.Value = v
	return nil
}

// encodeValue turns a value into what encoding/json keeps exactly: numbers as text, bytes as base64.
func encodeValue(v any) any {
	switch x := v.(type) {
	case int64:
		return strconv.FormatInt(x, 10)
	case float64:
		return strconv.FormatFloat(x, 'g', -1, 64)
	case *big.Int:
		return x.String()
	case []any:
		out := make([]any, len(x))
		for i := range x {
			out[i] = encodeValue(x[i])
		}
		return out
	case [][2]any:
		out := make([][2]any, len(x))
		for i := range x {
			out[i] = [2]any{encodeValue(x[i][0]), encodeValue(x[i][1])}
		}
		return out
	default:
		return v // nil, bool, string, []byte (base64)
	}
}

func decodeValue(raw json.RawMessage, t types.Type) (any, error) {
	if string(raw) == "null" {
		return nil, nil
	}
	switch t.Storage() {
	case types.StoreBool:
		var b bool
		err := json.Unmarshal(raw, &b)
		return b, err
	case types.StoreList, types.StoreStruct:
		return decodeList(raw, t)
	case types.StoreMap:
		var pairs [][2]json.RawMessage
		if err := json.Unmarshal(raw, &pairs); err != nil {
			return nil, err
		}
		c := t.Children()
		out := make([][2]any, len(pairs))
		for i, p := range pairs {
			for j := range p {
				v, err := decodeValue(p[j], c[j])
				if err != nil {
					return nil, err
				}
				out[i][j] = v
			}
		}
		return out, nil
	}
	var s string
	if err := json.Unmarshal(raw, &s); err != nil {
		return nil, err
	}
	switch t.Storage() {
	case types.StoreBytes:
		if t.IsBinary() {
			return base64.StdEncoding.DecodeString(s)
		}
		return s, nil
	case types.StoreF32, types.StoreF64:
		return strconv.ParseFloat(s, 64)
	case types.StoreI128:
		n, ok := new(big.Int).SetString(s, 10)
		if !ok {
			return nil, fmt.Errorf("number %q", s)
		}
		return n, nil
	case types.StoreNone:
		return s, nil // a symbol
	default:
		return strconv.ParseInt(s, 10, 64)
	}
}

func decodeList(raw json.RawMessage, t types.Type) (any, error) {
	var items []json.RawMessage
	if err := json.Unmarshal(raw, &items); err != nil {
		return nil, err
	}
	c := t.Children()
	out := make([]any, len(items))
	for i := range items {
		v, err := decodeValue(items[i], c[min(i, len(c)-1)])
		if err != nil {
			return nil, err
		}
		out[i] = v
	}
	return out, nil
}

func valueText(v any) string {
	if n, ok := v.(*big.Int); ok {
		return n.String()
	}
	return fmt.Sprintf("%T %v", v, v)
}

// LiteralText prints a literal for plans: text in quotes, numbers in digits, everything else with its type.
func LiteralText(e *Expr) string {
	switch v := e.Value.(type) {
	case nil:
		return "NULL"
	case bool:
		return strings.ToUpper(strconv.FormatBool(v))
	case string:
		if e.Type.Kind == types.Symbol {
			return "FLAG(" + v + ")"
		}
		return "'" + strings.ReplaceAll(v, "'", "''") + "'"
	case []byte:
		return fmt.Sprintf("X'%X'", v)
	case float64:
		return strconv.FormatFloat(v, 'E', -1, 64)
	case int64:
		switch {
		case e.Type.IsInteger():
			return strconv.FormatInt(v, 10)
		case e.Type.Kind == types.Decimal:
			return decimalText(big.NewInt(v), e.Type.Scale)
		default:
			return fmt.Sprintf("%d:%s", v, e.Type.AsNullable())
		}
	case *big.Int:
		if e.Type.Kind == types.Decimal {
			return decimalText(v, e.Type.Scale)
		}
		return fmt.Sprintf("%s:%s", v, e.Type.AsNullable())
	default:
		return fmt.Sprintf("%v:%s", v, e.Type.AsNullable())
	}
}

func decimalText(n *big.Int, scale int) string {
	s := new(big.Int).Abs(n).String()
	if scale > 0 {
		for len(s) <= scale {
			s = "0" + s
		}
		s = s[:len(s)-scale] + "." + s[len(s)-scale:]
	}
	if n.Sign() < 0 {
		return "-" + s
	}
	return s
}
