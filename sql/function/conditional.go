package function

import "millrace/sql/types"

// conditionalFunctions are the functions of the chapters: conditional, type conversion, catalog.
func conditionalFunctions() []Function {
	return []Function{
		{
			Name: "CASE", Class: Operator, Category: "conditional", Usage: "CASE WHEN c THEN r … [ELSE z] END | CASE v WHEN a [, b]* THEN r … [ELSE z] END",
			Doc: "Result of the first true condition; z or null otherwise.",
		},
		{
			Name: "NULLIF", Class: Operator, Category: "conditional", Usage: "NULLIF(a, b)",
			Doc: "Null if a=b, else a.",
		},
		{
			Name: "COALESCE", Category: "conditional", sig: firstOf(), Usage: "COALESCE(a [, b]*)",
			Doc: "First non-null; common type; nullable only if all arguments are nullable.",
		},
		{
			Name: "IF", Category: "conditional", sig: conditional(), Usage: "IF(c, t, e)",
			Doc: "t if c is true, otherwise e (also when c is null). Branches must be of one family: numeric, string, boolean, binary, date, timestamp, time.",
		},
		{
			Name: "IFNULL", Category: "conditional", sig: firstOf(), Usage: "IFNULL(v, r)",
			Doc: "r if v is null. Common type, nullable only if r is nullable.",
		},
		{
			Name: "IS_ALPHA", Category: "conditional", sig: takes(always(types.BooleanType()), textOrNumber), Usage: "IS_ALPHA(s)",
			Doc: "TRUE if every UTF-16 unit is a letter (so FALSE for letters beyond U+FFFF); FALSE for empty or null. BOOLEAN.",
		},
		{
			Name: "IS_DECIMAL", Category: "conditional", sig: takes(always(types.BooleanType()), textOrNumber), Usage: "IS_DECIMAL(s)",
			Doc: "TRUE if s parses as int, long or double, or the argument is numeric; FALSE for empty. A numeric argument is TRUE even when null.",
		},
		{
			Name: "IS_DIGIT", Category: "conditional", sig: takes(always(types.BooleanType()), textOrNumber), Usage: "IS_DIGIT(s)",
			Doc: "TRUE if every character is a digit; FALSE for empty. Any Unicode digit (not only 0-9); a numeric argument is accepted.",
		},
		{
			Name: "GREATEST", Category: "conditional", sig: extreme(), Usage: "GREATEST(a [, b]*)",
			Doc: "Largest argument; null if ANY argument is null. NaN is the largest number. Binary and ARRAY arguments are errors.",
		},
		{
			Name: "LEAST", Category: "conditional", sig: extreme(), Usage: "LEAST(a [, b]*)",
			Doc: "Smallest argument; null if ANY argument is null.",
		},
		{
			Name: "CAST", Class: Operator, Category: "type conversion", Usage: "CAST(v AS type)",
			Doc: "Convert; a failing conversion fails the job. Null stays null. See the types file for the matrix.",
		},
		{
			Name: "TRY_CAST", Class: Operator, Category: "type conversion", Usage: "TRY_CAST(v AS type)",
			Doc: "Like CAST but a failing conversion gives null; result type always nullable.",
		},
		{
			Name: "TYPEOF", Category: "type conversion", sig: takesFrom(1, maybe(types.StringType()), anyType, boolean), Usage: "TYPEOF(v [, force_serializable])",
			Doc: "Summary text of the data type. With literal TRUE a full persistable form, null if the type has none (for example inline anonymous types).",
		},
		{
			Name: "CURRENT_DATABASE", Category: "catalog", sig: takes(always(types.StringType())), Usage: "CURRENT_DATABASE()",
			Doc: "Name of the current database, STRING.",
		},
	}
}
