package thrown

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"millrace/sql/sqlerr"
)

// rule translates messages that match a pattern.
type rule struct {
	// pattern is a regular expression for the whole of our message; its groups are $1, $2 … in text.
	pattern string
	// class is that of the root exception.
	class string
	// text is Flink's message; "": ours, with a capital letter. Its variables: see expandText.
	text string
	// outer is the exception around the root, with its class; "": none but those that the class brings.
	outer string
}

// placed is a rule for errors at a place of certain statements.
type placed struct {
	// before is a pattern for the statement up to the place of the error, in upper case; "": any.
	before string
	rule
}

// anywhere makes rules apply to all statements.
func anywhere(rules []rule) []placed {
	out := make([]placed, len(rules))
	for i, r := range rules {
		out[i].rule = r
	}
	return out
}

// compiled is a rule with its pattern.
type compiled struct {
	placed
	re, before *regexp.Regexp
}

func compile(rules []placed) []compiled {
	out := make([]compiled, len(rules))
	for i, r := range rules {
		out[i] = compiled{placed: r, re: regexp.MustCompile(`^(?s:` + r.pattern + `)$`)}
		if r.before != "" {
			out[i].before = regexp.MustCompile(`^(?s:` + r.before + `)$`)
		}
	}
	return out
}

// byRule is the chain of the first rule that knows a message; nil: none does. e is nil for failures of jobs.
func byRule(rules []compiled, message string, e *sqlerr.Error, source string) []string {
	head := ""
	if e != nil {
		head = strings.Join(strings.Fields(strings.ToUpper(source[:min(max(e.Pos, 0), len(source))])), " ")
	}
	for _, r := range rules {
		if r.before != nil && !r.before.MatchString(head) || !r.re.MatchString(message) {
			continue
		}
		root := capital(message)
		expand := func(text string) string { return expandText(text, r.re.FindStringSubmatch(message), e, source) }
		if r.text != "" {
			root = expand(r.text)
		}
		switch {
		case r.class == validator && e != nil:
			return validated(e, sameLetters(root, e))
		case r.outer != "":
			return []string{expand(r.outer), r.class + ": " + root}
		default:
			return []string{r.class + ": " + root}
		}
	}
	return nil
}

// sameLetters adds the suggestion of a name that differs in case alone, the only one that Flink makes.
func sameLetters(root string, e *sqlerr.Error) string {
	suggestion, ok := strings.CutPrefix(e.Hint, "did you mean ")
	if !ok {
		return root
	}
	name := strings.Trim(strings.TrimSuffix(suggestion, "?"), "'\"`")
	if _, rest, ok := strings.Cut(root, "'"); ok {
		if asked, _, ok := strings.Cut(rest, "'"); ok && asked != name && strings.EqualFold(asked, name) {
			if within := strings.Index(e.Msg, " not found within "); within > 0 {
				root = capital(e.Msg)
			}
			return root + "; did you mean '" + name + "'?"
		}
	}
	return root
}

// variable is a variable of a rule's text.
var variable = sync.OnceValue(func() *regexp.Regexp { //nolint:gochecknoglobals // computed once, never changed
	return regexp.MustCompile(`\$(?:\$|(T|N|U|C|B|LIST|OTHER|)(\d)|LINE|COLUMN|SOURCE|LAST|HINT)`)
})

// expandText puts the groups of a match into a text: $1 as it is, $T1 as a type of Calcite, $N1 as the bare name of that type, $U1 in upper case, $C1
// with a capital letter, $B1 so and with backticks for quotes, $LIST1 a name on each line, $OTHER1 source for sink and the other way round. $LINE and $COLUMN are the place of the error,
// $HINT its hint, $SOURCE the statement, $LAST its last word.
func expandText(text string, groups []string, e *sqlerr.Error, source string) string {
	return variable().ReplaceAllStringFunc(text, func(v string) string {
		m := variable().FindStringSubmatch(v)
		if m[2] == "" {
			line, column := 0, 0
			if e != nil {
				line, column = sqlerr.Position(source, e.Pos)
			}
			switch v {
			case "$$":
				return "$"
			case "$LINE":
				return strconv.Itoa(line)
			case "$COLUMN":
				return strconv.Itoa(column)
			case "$HINT":
				columns, _ := strings.CutPrefix(e.Hint, "columns are ")
				return columns
			case "$LAST":
				words := strings.Fields(strings.Trim(source, "; \t\r\n"))
				return words[len(words)-1]
			default:
				return strings.Trim(source, "; \t\r\n")
			}
		}
		i := int(m[2][0] - '0')
		if i >= len(groups) {
			return v
		}
		g := groups[i]
		switch m[1] {
		case "T":
			return calciteType(g)
		case "N":
			return typeName(g)
		case "U":
			return strings.ToUpper(g)
		case "C":
			return capital(g)
		case "B":
			return capital(strings.ReplaceAll(g, "'", "`"))
		case "LIST":
			return strings.Join(strings.FieldsFunc(g, func(r rune) bool { return strings.ContainsRune(", '", r) }), "\n")
		case "OTHER":
			if g == "sink" {
				return "source"
			}
			return "sink"
		default:
			return g
		}
	})
}

const (
	timeColumn  = "the supported precision 'p' is from 0 to 3, but the "
	notEnforced = "Flink doesn't support ENFORCED mode for PRIMARY KEY constraint. ENFORCED/NOT ENFORCED controls if the constraint checks are performed " +
		"on the incoming/outgoing data. Flink does not own the data therefore the only supported mode is the NOT ENFORCED mode"
	zones = "Invalid time zone. The value should be a Time Zone Database (TZDB) ID such as 'America/Los_Angeles' to include daylight saving time. " +
		"Fixed offsets are supported using 'GMT-03:00' or 'GMT+03:00'. Or use 'UTC' without time zone and daylight saving time."
	inStatementSet = "Only 'INSERT/CREATE TABLE AS' statement is allowed in Statement Set or use 'END' statement to submit Statement Set."
)

// statementRules are the rules for what is wrong with a statement. The first that matches counts.
var statementRules = sync.OnceValue(func() []compiled { //nolint:gochecknoglobals // computed once, never changed
	return compile(slices.Concat(placeRules(), anywhere(nameRules()), anywhere(queryRules()), anywhere(objectRules())))
})

// nameRules are about names in queries.
func nameRules() []rule {
	return []rule{
		{`column "([^".]+)" not found`, validator, `Column '$1' not found in any table`, ``},
		{`column "([^"]+)\.([^".]+)" not found`, validator, `Table '$1' not found`, ``},
		{`object '(.*)' not found within '.*'`, validator, `Object '$1' not found`, ``},
		{`object ([^.]+)\.[^.]+\.\S+ not found: catalog .* does not exist`, validator, `Object '$1' not found`, ``},
		{`object [^.]+\.\S+ not found: database (\S+) does not exist.*`, validator, `Object '$1' not found`, ``},
		{`object name ([^.]+)\..*: there must be 1 to 3 parts`, validator, `Object '$1' not found`, ``},
		{`column '.*' is ambiguous`, validator, ``, ``},
		{`column '.*' not found in (any table|table '.*')`, validator, ``, ``},
		{`table '.*' not found`, validator, ``, ``},
		{`unknown identifier '.*'`, validator, ``, ``},
		{`unknown type (\S+)`, validator, `Unknown identifier '$1'`, ``},
		{`(\S+)\.(\S+) has no field "(.*)"`, validator, `Column '$2.$3' not found in table '$1'`, ``},
		{`window '.*' not found`, validator, ``, ``},
		{`unknown target column '.*'`, validator, ``, ``},
		{`target column '.*' is assigned more than once`, validator, ``, ``},
		{`duplicate relation name '.*' in FROM clause`, validator, ``, ``},
		{`list of column aliases must have same degree as table; .*`, validator, ``, ``},
		{`number of columns must match number of query columns.*`, validator, `Number of columns must match number of query columns`, ``},
	}
}

// queryRules are about expressions and clauses.
//
//nolint:funlen // a table
func queryRules() []rule {
	return []rule{
		{`illegal use of '.*'`, validator, ``, ``},
		{`expression '.*' is not being grouped`, validator, ``, ``},
		{`aggregate expressions cannot be nested`, validator, ``, ``},
		{`the aggregate function \S+ is not allowed in WHERE`, validator, `Aggregate expression is illegal in WHERE clause`, ``},
		{`the aggregate function \S+ is not allowed in (.*)`, validator, `Aggregate expression is illegal in $1 clause`, ``},
		{`the window function \S+ is not allowed in (.*)`, validator, `Windowed aggregate expression is illegal in $1 clause`, ``},
		{`the condition of (\S+) must be BOOLEAN, not .*`, validator, `$1 clause must be a condition`, ``},
		{`NOT needs a BOOLEAN, not (.*)`, validator, `Cannot apply 'NOT' to arguments of type 'NOT<$T1>'. Supported form(s): 'NOT<BOOLEAN>'`, ``},
		{`(AND|OR) needs a BOOLEAN, not (.*)`, validator, `Cannot apply '$1' to arguments of type '<$T2> $1 <BOOLEAN>'. Supported form(s): '<BOOLEAN> $1 <BOOLEAN>'`, ``},
		{`TIME\((\d)\) has no field (MICROSECOND|NANOSECOND)`, validation, `unit $2 can not be applied to TIME($1) variable`, ``},
		{`TIME\(\d\) has no field (\w+)`, validation, `unit $1 can not be applied to time variable`, ``},
		{`a correlated sub-query with (?:LIMIT|outer columns).*`, table, `unexpected correlate variable $$cor0 in the plan`, ``},
		{`group function '(\w+)' can only appear next to a GROUP BY with its window`, validator, `Group function '$$$1' can only appear in GROUP BY clause`, ``},
		{`(\w+) cannot stand in GROUP BY`, calcite, `Cannot call table function here: '$1'`, ``},
		{`an interval of months or years is not allowed as a bound of a frame`, validation, `INTERVAL_YEAR_MONTH type is not allowed for window boundary`, ``},
		{`DISTINCT is not supported in a window function`, "org.apache.calcite.tools.ValidationException", `Distinct not supported in Windowing function!`, ``},
		{`UNNEST wants an ARRAY, MAP or MULTISET, not (\w+)`, validator, `Cannot apply 'UNNEST' to arguments of type 'UNNEST(<$T1>)'. Supported form(s): 'UNNEST(<MULTISET>)'`, ``},
		{
			`an event-time temporal join requires both a primary key and an event-time attribute .*`, validation,
			`Event-Time Temporal Table Join requires both primary key and row time attribute in versioned table, but no row time attribute can be found.`, ``,
		},
		{
			`a temporal join requires a primary key in the versioned table, .*|the condition of a temporal join must compare the primary key .*`, validation,
			`Temporal Table Join requires primary key in versioned table, but no primary key can be found.`, ``,
		},
		{`the join key of a temporal join can not be empty`, validation, `Currently the join key in Temporal Table Join can not be empty.`, ``},
		{`FOR SYSTEM_TIME AS OF goes with an inner or a left join only, not with a (\w+) join`, illegalState, `Unknown join type $U1`, ``},
		{
			`ON CONFLICT clause is only allowed for upsert sinks; the sink '(.*)' is not an upsert sink (.*)`, validation,
			`ON CONFLICT clause is only allowed for upsert sinks. The sink '$1' is not an upsert sink $2.`, ``,
		},
		{`CUBE, ROLLUP and GROUPING SETS inside GROUPING SETS are not supported`, table, `GROUPING SETS are currently not supported.`, ``},
		{`WHEN needs a BOOLEAN, not .*`, validator, `Expected a boolean type`, ``},
		{`column count mismatch in ([A-Z ]+):.*`, validator, `Column count mismatch in $1`, ``},
		{`type mismatch in column (\d+) of ([A-Z ]+):.*`, validator, `Type mismatch in column $1 of $2`, ``},
		{`values passed to VALUES must have compatible types.*`, validator, `Values passed to VALUES operator must have compatible types`, ``},
		{`values passed to IN operator must have compatible types.*`, validator, `Values passed to IN operator must have compatible types`, ``},
		{`the list of IN does not go with .*`, validator, `Values in expression list must have compatible types`, ``},
		{`the results of CASE do not go together.*`, validator, `Illegal mixing of types in CASE or COALESCE statement`, ``},
		{`one result of CASE must not be NULL, or .*`, validator, `ELSE clause or at least one THEN clause must be non-NULL`, ``},
		{`the elements of (ARRAY|MAP) do not go together.*|one element of (ARRAY|MAP) must not be NULL.*`, validator, `Parameters must be of the same type`, ``},
		{`ARRAY\[\] needs at least one element`, validator, `Require at least 1 argument`, ``},
		{`MAP\[…\] needs pairs of key and value.*`, validator, `Map requires an even number of arguments`, ``},
		{`numeric literal (\S+) is out of range`, validator, `Numeric literal '$1' out of range`, ``},
		{`interval field value .* exceeds precision of .* field|illegal interval literal format .*`, validator, ``, ``},
		{`illegal (DATE|TIME|TIMESTAMP) literal .*: not in format .*`, calcite, ``, ``},
		{`(DATE|TIME|TIMESTAMP) '(.*)' is no \S+ of the form (.*)`, calcite, `Illegal $1 literal '$2': not in format '$3'`, ``},
		{`a binary literal needs an even number of hex digits`, validator, `Binary literal string must contain an even number of hexits`, ``},
		{`a binary literal may hold hex digits only`, validator, `Binary literal string must contain only characters '0' - '9', 'A' - 'F'`, ``},
		{`a string literal is continued on the same line`, validator, `String literal continued on same line`, ``},
		{`a parameter \(\?\) is not allowed here`, validator, `Illegal use of dynamic parameter`, ``},
		{`invalid number of arguments to function '(.*)': was expecting (\d+) arguments`, validator, `Invalid number of arguments to function '$1'. Was expecting $2 arguments`, ``},
		{`invalid number of arguments to function '(.*)': at least (\d+) is expected`, validator, `Invalid number of arguments to function '$1'. Was expecting $2 arguments`, ``},
		{`COUNT needs an argument; .*`, validator, `Invalid number of arguments to function 'COUNT'. Was expecting 1 arguments`, ``},
		{
			`cannot cast (?:TINYINT|SMALLINT|INT|BIGINT|FLOAT|DOUBLE|DECIMAL\S*(?: \d+\))?) to TIMESTAMP\(\d\).*`, validation,
			`The cast from NUMERIC type to TIMESTAMP type is not allowed. It's recommended to use TO_TIMESTAMP(FROM_UNIXTIME(numeric_col)) instead, note the numeric is in seconds.`, ``,
		},
		{
			`cannot cast (?:TINYINT|SMALLINT|INT|BIGINT|FLOAT|DOUBLE|DECIMAL\S*(?: \d+\))?) to TIMESTAMP_LTZ\(\d\).*`, validation,
			`The cast from NUMERIC type to TIMESTAMP_LTZ type is not allowed. It's recommended to use TO_TIMESTAMP_LTZ(numeric_col, precision) instead.`, ``,
		},
		{
			`cannot cast TIMESTAMP\(\d\) to (?:TINYINT|SMALLINT|INT|BIGINT|FLOAT|DOUBLE|DECIMAL).*`, validation,
			`The cast from TIMESTAMP type to NUMERIC type is not allowed. It's recommended to use UNIX_TIMESTAMP(CAST(timestamp_col AS STRING)) instead.`, ``,
		},
		{
			`cannot cast TIMESTAMP_LTZ\(\d\) to (?:TINYINT|SMALLINT|INT|BIGINT|FLOAT|DOUBLE|DECIMAL).*`, validation,
			`The cast from TIMESTAMP_LTZ type to NUMERIC type is not allowed.`, ``,
		},
		{`cannot cast (.*?) to ([^;]*)(?:;.*)?`, validator, `Cast function cannot convert value of type $T1 to type $T2`, ``},
		{`the field "(.*)" of the ROW is declared twice`, validation, `Field names must be unique. Found duplicates: [$1]`, ``},
		{`the precision of DECIMAL is .*`, validation, `Decimal precision must be between 1 and 38 (both inclusive).`, ``},
		{`the scale of DECIMAL is \S+ but it must be 0 to its precision (\d+)`, validation, `Decimal scale must be between 0 and the precision $1 (both inclusive).`, ``},
		{
			`cannot compare (STRING|INT|CHAR\(\d+\)|BIGINT|DOUBLE|BOOLEAN|VARCHAR\(\d+\)) (?:=|<>|IS NOT DISTINCT FROM|IS DISTINCT FROM) (STRING|INT|CHAR\(\d+\)|BIGINT|DOUBLE|VARCHAR\(\d+\))`, validation,
			`implicit type conversion between $N1 and $N2 is not supported now`, ``,
		},
		{`the operator != is not SQL.*`, calcite, `Bang equal '!=' is not allowed under the current SQL conformance level`, ``},
		{`GROUPING may only occur in an aggregate query`, validator, `GROUPING operator may only occur in an aggregate query`, ``},
		{`argument to GROUPING operator must be a grouped expression`, validator, ``, ``},
		{`the separator of LISTAGG must be a literal`, validator, `Argument to function 'LISTAGG' must be a literal`, ``},
		{`(\S+) must not have a WITHIN GROUP clause`, validator, `Aggregate expression '$1' must not contain a WITHIN GROUP clause`, ``},
		{
			`(?:ROW_NUMBER|NTILE) requires an ORDER BY clause with non-constant fields`, validation,
			`Over Agg: The window rank function requires order by clause with non-constant fields. please re-check the over window statement.`, ``,
		},
		{`(?:RANK|DENSE_RANK|PERCENT_RANK|CUME_DIST) requires an ORDER BY clause.*`, validator, `RANK or DENSE_RANK functions require ORDER BY clause in window specification`, ``},
		{`ROWS or RANGE is not allowed with .*`, validator, `ROW/RANGE not allowed with RANK, DENSE_RANK or ROW_NUMBER functions`, ``},
		{`the upper bound of a frame cannot be PRECEDING when the lower bound is CURRENT ROW`, validator, `Upper frame boundary cannot be PRECEDING when lower boundary is CURRENT ROW`, ``},
		{`RANGE with a distance cannot be used with several keys in ORDER BY`, validator, `RANGE clause cannot be used with compound ORDER BY clause`, ``},
		{`the distance of ROWS must be a non-negative integer constant`, validator, `ROWS value must be a non-negative integral constant`, ``},
		{`the types of ORDER BY .* and of the distance of RANGE .* do not go together`, validator, `Data Type mismatch between ORDER BY and RANGE clause`, ``},
		{`OVER windows of a stream end with the current row and begin before it.*`, table, `OVER RANGE FOLLOWING windows are not supported yet.`, ``},
		{`an OVER window of a stream needs an ORDER BY with one key|ROW_NUMBER\(\) without a constant upper bound on it is not supported`, table, `The window can only be ordered by a single time column.`, ``},
		{`an OVER window of a stream that is not ordered by time must begin with .*`, table, `Non-time attribute sort is not supported for bounded OVER window.`, ``},
		{
			`all OVER windows of a query block must be the same in streaming mode`, table,
			`Over Agg: Unsupported use of OVER windows. All aggregates must be computed on the same window. please re-check the over window statement.`, ``,
		},
		{`((?:DENSE_)?RANK)\(\) on a streaming table is not supported as a Top-N`, table, `$1() on streaming table is not supported currently`, ``},
		{`RANK\(\) is not supported on window Top-N, .*`, table, `RANK() function is not supported on Window TopN currently, only ROW_NUMBER() is supported.`, ``},
		{`(LEAD|NTILE|PERCENT_RANK|CUME_DIST) is not supported in streaming mode`, table, `$1 Function is not supported in stream mode.`, ``},
		{`APPROX_COUNT_DISTINCT is not possible in streaming mode`, table, `APPROX_COUNT_DISTINCT aggregate function does not support yet for streaming.`, ``},
		{`COUNT\(DISTINCT …\) of several columns is not supported yet`, table, `We now only support the count of one field.`, ``},
		{`sort on a non-time-attribute field is not supported in streaming mode|Sort doesn't support consuming .*`, table, `Sort on a non-time-attribute field is not supported.`, ``},
		{`OFFSET without a limit \(FETCH is missed\).*`, table, `FETCH is missed, which on streaming table is not supported currently.`, ``},
		{`the window function requires the timecol is a time attribute type, but is (.*)`, validation, `The window function requires the timecol is a time attribute type, but is $1.`, ``},
		{
			`the window function (TUMBLE) requires the timecol to be TIMESTAMP or TIMESTAMP_LTZ, but is (.*)`, validation,
			`The window function $1(TABLE table_name, DESCRIPTOR(timecol), datetime interval[, datetime interval]) requires the timecol to be TIMESTAMP or TIMESTAMP_LTZ, but is $T2.` +
				"\nBesides, the timecol must be a time attribute type in streaming mode.", ``,
		},
		{
			`the window function (HOP|CUMULATE) requires the timecol to be TIMESTAMP or TIMESTAMP_LTZ, but is (.*)`, validation,
			`The window function $1(TABLE table_name, DESCRIPTOR(timecol), datetime interval, datetime interval[, datetime interval]) requires the timecol to be TIMESTAMP or TIMESTAMP_LTZ, but is $T2.` +
				"\nBesides, the timecol must be a time attribute type in streaming mode.", ``,
		},
		{
			`the window function (SESSION) requires the timecol to be TIMESTAMP or TIMESTAMP_LTZ, but is (.*)`, validation,
			`The window function $1(TABLE table_name [PARTITION BY (keycols, ...)], DESCRIPTOR(timecol), datetime interval) requires the timecol to be TIMESTAMP or TIMESTAMP_LTZ, but is $T2.` +
				"\nBesides, the timecol must be a time attribute type in streaming mode.", ``,
		},
		{
			`CUMULATE requires maxSize to be an integral multiple of step, but got (.*)`, validation,
			`CUMULATE table function based aggregate requires maxSize must be an integral multiple of step, but got $1.`, ``,
		},
		{
			`HOP with aggregation requires the size to be an integral multiple of the slide, but got (.*)`, table,
			`HOP table function based aggregate requires size must be an integral multiple of slide, but got $1`, ``,
		},
		{`(\S+) parameters must satisfy abs\(offset\) < size, but got (.*)`, validation, `$1 table function parameters must satisfy abs(offset) < size, but got $2.`, ``},
		{
			`windows only support SECOND, MINUTE, HOUR, DAY as the time unit; .*`, table,
			`Window aggregate only support SECOND, MINUTE, HOUR, DAY as the time unit. MONTH and YEAR time unit are not supported yet.`, ``,
		},
		{`window aggregate can only be defined over a time attribute column, but .* encountered`, table, ``, ``},
		{
			`PARTITION BY is not allowed for (\S+), only for SESSION`, validator,
			`Only tables with set semantics may be partitioned. Invalid PARTITION BY clause in the 0-th operand of table function '$1'`, ``,
		},
		{`.* doesn't support consuming .* which is produced by node .*`, table, ``, ``},
		{`the pattern '(.*)' has the escape character '.*' before something else.*`, validation, `Invalid escape sequence '$1', 1`, ``},
		{`the escape character '(.*)' is not one character`, validation, `Invalid escape character '$1'`, ``},
		{`the index of an array counts from 1, but it is (-?\d+)`, validation, `Array element access needs an index starting at 1 but was $1.`, ``},
		{`a sub-query is not allowed in a computed column`, calcite, `Query expression encountered in illegal context`, ``},
		{`division by zero`, arithmetic, ``, ``},
	}
}
