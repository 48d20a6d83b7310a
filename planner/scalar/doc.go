// Package scalar binds expressions: it turns the ast.Expr of a query into the typed expr.Expr that plans carry.
//
// The main function is [Bind]. Names are resolved through a [Scope], which the planner implements for each place of a query; the scope also
// binds what is not scalar (sub-queries, aggregates, OVER). Literals, operators, implicit casts, calls of built-in functions and the special
// forms of SQL are bound here, by the signatures of sql/function. Errors are *sqlerr.Error with the offset of the construct.
//
// The package must not know relations, plans, or how anything is evaluated. It keeps no state and may be called from any goroutine.
//
// # Conventions between binder and evaluator
//
// Func of a bound call is the canonical name of the function, upper case. Arguments have the types that the table announces; unless it says
// otherwise a NULL argument gives NULL. Literals hold values as documented at expr.Expr.Value. A Symbol is a literal of kind types.Symbol
// whose value is a string.
//
//	AND OR                      two or more BOOLEAN, nested calls of the same operator are flattened
//	NOT                         BOOLEAN
//	IS NULL, IS NOT NULL        any
//	IS [NOT] TRUE, IS [NOT] FALSE, IS [NOT] UNKNOWN     BOOLEAN
//	= <> < <= > >=              two operands of one type, where CHAR and VARCHAR of any length count as one type; DECIMALs may have different
//	                            precisions and, where one type for both would need more than 38 digits, different scales and storage;
//	                            ROW, ARRAY, MAP, MULTISET only = and <>; BOOLEAN FALSE < TRUE
//	IS DISTINCT FROM, IS NOT DISTINCT FROM              as =
//	+ - * of integers           both cast to the result's type
//	/ of integers               both cast to the result's type
//	% of integers               both cast to the wider of the two; the result is cast to the type of the second
//	+ - * / of FLOAT, DOUBLE    both cast to the result's type (FLOAT op DOUBLE has the type of the first)
//	                            a DECIMAL(p, 0) % an integer too, in BIGINT
//	+ - * / % of DECIMALs       each its own DECIMAL(p,s) (integers have been cast); the type of the call is the result's
//	NEG                         one numeric or interval
//	+ - temporal                operands keep their types: (temporal, interval), interval first is swapped; (interval, interval) of one kind;
//	                            the result of DATE + day-time interval is DATE, of TIMESTAMP(p) its own type
//	MINUS_DATE                  Symbol, temporal, temporal; the interval from (a - b) unit
//	* of intervals              (interval, integer); intervals have two types only, INTERVAL MONTH and INTERVAL SECOND(3)
//	||                          two texts
//	CASE                        cond1, val1, cond2, val2, …, else; values are of the result's type; conditions not TRUE fall through
//	COALESCE                    one or more of the result's type
//	NULLIF                      a, b: a keeps its type; compared with the rules of =, where the types differ the call is a CASE instead
//	IF                          BOOLEAN, then, else
//	IN                          value, then the list, all of one type as with =; three-valued; NOT IN is NOT(IN)
//	BETWEEN                     never: expanded to AND of comparisons (SYMMETRIC to OR of two)
//	LIKE, SIMILAR TO            text, pattern, optional escape; negation is NOT(LIKE)
//	ITEM                        (ARRAY, INT) or (MAP, key)
//	ARRAY, MULTISET             elements of one type; MAP: k1, v1, …; ROW: fields
//	CARDINALITY, ELEMENT        a collection
//	EXTRACT                     Symbol (YEAR, MONTH, DOW, …), temporal or interval; BIGINT. YEAR(x), HOUR(x), … are EXTRACT too
//	FLOOR, CEIL                 numeric; or temporal, Symbol
//	TIMESTAMPADD                Symbol, BIGINT, temporal
//	TIMESTAMPDIFF               Symbol, from, to
//	TRIM                        Symbol (BOTH, LEADING, TRAILING), characters, text
//	POSITION                    needle, text [, from]
//	OVERLAY                     text, replacement, position [, length]
//	SUBSTRING                   text, position [, length]; SUBSTR is SUBSTRING
//	OVERLAPS                    four temporals: from1, to1, from2, to2
//	JSON_EXISTS                 text, path, Symbol on error (FALSE, TRUE, UNKNOWN, ERROR)
//	JSON_VALUE                  text, path, Symbol on empty (NULL, ERROR, DEFAULT), default, Symbol on error, default; the type is RETURNING's
//	JSON_QUERY                  text, path, Symbol wrapper (WITHOUT, CONDITIONAL, UNCONDITIONAL), Symbol on empty (NULL, ERROR, EMPTY ARRAY,
//	                            EMPTY OBJECT), Symbol on error
//	JSON_OBJECT                 Symbol (NULL, ABSENT), k1, v1, …; values that are calls of JSON_OBJECT, JSON_ARRAY or JSON go in raw
//	JSON_ARRAY                  Symbol (NULL, ABSENT), values
//	IS [NOT] JSON VALUE|OBJECT|ARRAY|SCALAR             text; never NULL
//	CURRENT_TIMESTAMP, CURRENT_DATE, LOCALTIME, LOCALTIMESTAMP, CURRENT_ROW_TIMESTAMP, PROCTIME, RAND, UUID, PI, E, …   no arguments
//	                            (NOW is CURRENT_TIMESTAMP, CURRENT_TIME is LOCALTIME; MOD is %, IFNULL is COALESCE, SUBSTR is SUBSTRING)
//
// All other functions are calls by their name with positional arguments. Casts that the binder adds are ordinary Cast nodes.
package scalar
