package function

// operatorFunctions are the functions of the chapters: comparison, logical, operator.
//
//nolint:funlen // a table
func operatorFunctions() []Function {
	return []Function{
		{
			Name: "=", Class: Operator, Category: "comparison", Usage: "a = b",
			Doc: "Equality. UNKNOWN (null) if either side is null. BOOLEAN. Works on all comparable types; ROW/ARRAY/MAP compare by value.",
		},
		{
			Name: "<>", Class: Operator, Category: "comparison", Usage: "a <> b",
			Doc: "Inequality. UNKNOWN if either side is null. BOOLEAN.",
		},
		{
			Name: ">", Class: Operator, Category: "comparison", Usage: "a > b",
			Doc: "Greater than. UNKNOWN if either side is null. BOOLEAN.",
		},
		{
			Name: ">=", Class: Operator, Category: "comparison", Usage: "a >= b",
			Doc: "Greater or equal. UNKNOWN if either side is null. BOOLEAN.",
		},
		{
			Name: "<", Class: Operator, Category: "comparison", Usage: "a < b",
			Doc: "Less than. UNKNOWN if either side is null. BOOLEAN.",
		},
		{
			Name: "<=", Class: Operator, Category: "comparison", Usage: "a <= b",
			Doc: "Less or equal. UNKNOWN if either side is null. BOOLEAN.",
		},
		{
			Name: "IS NULL", Class: Operator, Category: "comparison", Usage: "v IS NULL",
			Doc: "TRUE for null, else FALSE. Never null.",
		},
		{
			Name: "IS NOT NULL", Class: Operator, Category: "comparison", Usage: "v IS NOT NULL",
			Doc: "TRUE for non-null, else FALSE. Never null.",
		},
		{
			Name: "IS DISTINCT FROM", Class: Operator, Category: "comparison", Usage: "a IS DISTINCT FROM b",
			Doc: "Null-safe inequality: two nulls count as the same, null against a value counts as different. Never null.",
		},
		{
			Name: "IS NOT DISTINCT FROM", Class: Operator, Category: "comparison", Usage: "a IS NOT DISTINCT FROM b",
			Doc: "Null-safe equality: null against null is TRUE, null against a value is FALSE. Never null.",
		},
		{
			Name: "BETWEEN", Class: Operator, Category: "comparison", Usage: "v BETWEEN [ASYMMETRIC|SYMMETRIC] lo AND hi",
			Doc: "Default ASYMMETRIC means v>=lo AND v<=hi. SYMMETRIC first orders the two bounds.",
		},
		{
			Name: "NOT BETWEEN", Class: Operator, Category: "comparison", Usage: "v NOT BETWEEN [ASYMMETRIC|SYMMETRIC] lo AND hi",
			Doc: "Logical negation of BETWEEN: v<lo OR v>hi. With a null bound it is TRUE if the other side decides, else UNKNOWN.",
		},
		{
			Name: "LIKE", Class: Operator, Category: "comparison", Usage: "s LIKE pattern [ESCAPE c]",
			Doc: "SQL pattern match, % any run and _ one character. UNKNOWN if either is null.",
		},
		{
			Name: "NOT LIKE", Class: Operator, Category: "comparison", Usage: "s NOT LIKE pattern [ESCAPE c]",
			Doc: "Negation of LIKE. UNKNOWN if either is null.",
		},
		{
			Name: "SIMILAR TO", Class: Operator, Category: "comparison", Usage: "s SIMILAR TO regex [ESCAPE c]",
			Doc: "SQL regular expression match of the whole string. UNKNOWN if either is null.",
		},
		{
			Name: "NOT SIMILAR TO", Class: Operator, Category: "comparison", Usage: "s NOT SIMILAR TO regex [ESCAPE c]",
			Doc: "Negation of SIMILAR TO. UNKNOWN if either is null.",
		},
		{
			Name: "IN", Class: Operator, Category: "comparison", Usage: "v IN (a, b, ...)",
			Doc: "TRUE if v equals an element. If the list holds a null: TRUE when found, UNKNOWN when not. UNKNOWN if v is null.",
		},
		{
			Name: "NOT IN", Class: Operator, Category: "comparison", Usage: "v NOT IN (a, b, ...)",
			Doc: "Negation of IN: a null in the list makes a miss UNKNOWN, not TRUE. UNKNOWN if v is null.",
		},
		{
			Name: "EXISTS", Class: Operator, Category: "comparison", Usage: "EXISTS (subquery)",
			Doc: "TRUE if the subquery has at least one row. Only if it can be rewritten to join plus group; keeps state in streaming (state TTL applies).",
		},
		{
			Name: "OR", Class: Operator, Category: "logical", Usage: "a OR b",
			Doc: "Three-valued OR: TRUE if either is TRUE even when the other is null; null OR FALSE is null.",
		},
		{
			Name: "AND", Class: Operator, Category: "logical", Usage: "a AND b",
			Doc: "Three-valued AND: FALSE if either is FALSE even when the other is null; null AND TRUE is null.",
		},
		{
			Name: "NOT", Class: Operator, Category: "logical", Usage: "NOT a",
			Doc: "Negation; null stays null.",
		},
		{
			Name: "IS FALSE", Class: Operator, Category: "logical", Usage: "a IS FALSE",
			Doc: "TRUE only for FALSE; null gives FALSE.",
		},
		{
			Name: "IS NOT FALSE", Class: Operator, Category: "logical", Usage: "a IS NOT FALSE",
			Doc: "TRUE for TRUE and null.",
		},
		{
			Name: "IS TRUE", Class: Operator, Category: "logical", Usage: "a IS TRUE",
			Doc: "TRUE only for TRUE; null gives FALSE.",
		},
		{
			Name: "IS NOT TRUE", Class: Operator, Category: "logical", Usage: "a IS NOT TRUE",
			Doc: "TRUE for FALSE and null.",
		},
		{
			Name: "IS UNKNOWN", Class: Operator, Category: "logical", Usage: "a IS UNKNOWN",
			Doc: "TRUE for null.",
		},
		{
			Name: "IS NOT UNKNOWN", Class: Operator, Category: "logical", Usage: "a IS NOT UNKNOWN",
			Doc: "TRUE for TRUE or FALSE.",
		},
		{
			Name: "+", Class: Operator, Category: "arithmetic", Usage: "a + b",
			Doc: "Sum; null if either is null. Integer types keep the wider integer type and wrap on overflow.",
		},
		{
			Name: "-", Class: Operator, Category: "arithmetic", Usage: "a - b",
			Doc: "Difference; same result type rules as +. Also datetime - INTERVAL. Timestamp minus timestamp is written (a - b) with an interval unit.",
		},
		{
			Name: "*", Class: Operator, Category: "arithmetic", Usage: "a * b",
			Doc: "Product. DECIMAL result is precision p1+p2+1, scale s1+s2, reduced to 38 digits keeping at least min(scale,6) fraction digits.",
		},
		{
			Name: "/", Class: Operator, Category: "arithmetic", Usage: "a / b",
			Doc: "Quotient.",
		},
		{
			Name: "%", Class: Operator, Category: "arithmetic", Usage: "a % b",
			Doc: "Remainder; sign follows a. Same as MOD. Null if either is null. Exact numbers only; of integers the result has the type of b.",
		},
		{
			Name: "||", Class: Operator, Category: "string", Usage: "a || b",
			Doc: "Concatenate; null if either is null. CHAR/VARCHAR lengths add up.",
		},
		{
			Name: "IS JSON", Class: Operator, Category: "json", Usage: "s IS [NOT] JSON [VALUE|SCALAR|ARRAY|OBJECT]",
			Doc: "Is the text valid JSON of that kind (default VALUE). Only the first value of the text is read: '1 2' and '{} x' are JSON. BOOLEAN NOT NULL.",
		},
		{
			Name: "FLOOR TO", Class: Operator, Category: "temporal", Usage: "FLOOR(t TO unit)",
			Doc: "Round a date, time or timestamp down to the unit; keeps the type. WEEK starts on Sunday (unlike EXTRACT WEEK).",
		},
		{
			Name: "CEIL TO", Class: Operator, Category: "temporal", Usage: "CEIL(t TO unit)",
			Doc: "Round up to the unit; keeps the type; WEEK boundaries are Sundays. CEIL(date TO DAY) is the next day.",
		},
	}
}
