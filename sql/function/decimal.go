package function

import "millrace/sql/types"

// Arithmetic is the type of a op b for numeric operands, op one of + - * / %: nullable if an operand is. It returns false for types that the
// operator does not take.
func Arithmetic(op string, a, b types.Type) (types.Type, bool) {
	if !a.IsNumeric() || !b.IsNumeric() {
		return types.Type{}, false
	}
	nullable := !a.NotNull || !b.NotNull
	if op == "%" {
		if isApprox(a) || isApprox(b) {
			return types.Type{}, false
		}
		return modulo(a, b).WithNullable(nullable), true
	}
	if isApprox(a) || isApprox(b) || a.Kind != types.Decimal && b.Kind != types.Decimal {
		return commonNumeric(a, b).WithNullable(nullable), true
	}
	a, b = AsDecimal(a), AsDecimal(b)
	p1, s1, p2, s2 := a.Precision, a.Scale, b.Precision, b.Scale
	var p, s int
	switch op {
	case "*":
		p, s = p1+p2+1, s1+s2
	case "/":
		s = max(6, s1+p2+1)
		p = p1 - s1 + s2 + s
	default:
		s = max(s1, s2)
		p = max(p1-s1, p2-s2) + s + 1
	}
	return adjusted(p, s).WithNullable(nullable), true
}

// adjusted fits a precision over 38 by giving up fraction digits, down to six.
func adjusted(p, s int) types.Type {
	if p > MaxPrecision {
		whole := p - s
		p, s = MaxPrecision, max(MaxPrecision-whole, min(s, 6))
	}
	return types.DecimalType(p, s)
}

func modulo(a, b types.Type) types.Type {
	second := b
	if a.Kind != types.Decimal && b.Kind != types.Decimal {
		return second
	}
	a, b = AsDecimal(a), AsDecimal(b)
	if a.Scale == 0 && b.Scale == 0 {
		return second
	}
	s := max(a.Scale, b.Scale)
	return types.DecimalType(min(min(a.Precision-a.Scale, b.Precision-b.Scale)+s, MaxPrecision), s)
}

// rounded is the type of ROUND and TRUNCATE of a DECIMAL to d digits.
func rounded(t types.Type, d int) types.Type {
	switch {
	case d >= t.Scale:
		return t
	case d < 0:
		return types.DecimalType(min(MaxPrecision, 1+t.Precision-t.Scale), 0)
	default:
		return types.DecimalType(1+t.Precision-t.Scale+d, d)
	}
}
