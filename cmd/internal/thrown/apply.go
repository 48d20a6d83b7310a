package thrown

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"millrace/planner/scalar"
	"millrace/sql/sqlerr"
)

// patterns are those of messages about operands and arguments.
type patterns struct{ operator, unary, compare, function *regexp.Regexp }

var applyPatterns = sync.OnceValue(func() patterns { //nolint:gochecknoglobals // computed once, never changed
	return patterns{
		operator: regexp.MustCompile(`^cannot apply (\S+) to (.+?) and ([^;]+)`),
		unary:    regexp.MustCompile(`^cannot apply ([-+]) to (.+)$`),
		compare:  regexp.MustCompile(`^cannot compare (.+) (=|<>|<=|>=|<|>|IS (?:NOT )?DISTINCT FROM) (.+)$`),
		function: regexp.MustCompile(`^cannot apply (\S+) to \((.*)\); write (.+)$`),
	}
})

// applied is Flink's message about operands or arguments that do not fit; "": the error is about something else.
func applied(e *sqlerr.Error) string {
	if u := (*scalar.UnknownFunctionError)(nil); errors.As(e.Err, &u) {
		types := make([]string, len(u.Arguments))
		for i, t := range u.Arguments {
			types[i] = "<" + family(t.AsNullable().String()) + ">"
		}
		return fmt.Sprintf("No match found for function signature %s(%s)", u.Name, strings.Join(types, ", "))
	}
	p := applyPatterns()
	if m := p.function.FindStringSubmatch(e.Msg); m != nil {
		return function(m[1], split(m[2]), m[3])
	}
	if m := p.operator.FindStringSubmatch(e.Msg); m != nil {
		return fmt.Sprintf("Cannot apply '%s' to arguments of type '<%s> %s <%s>'. Supported form(s): %s", m[1], calciteType(m[2]), m[1], calciteType(m[3]), forms(m[1]))
	}
	if m := p.unary.FindStringSubmatch(e.Msg); m != nil {
		return fmt.Sprintf("Cannot apply '%s' to arguments of type '%s<%s>'. Supported form(s): '%s<NUMERIC>'\n'%s<DATETIME_INTERVAL>'", m[1], m[1], calciteType(m[2]), m[1], m[1])
	}
	if m := p.compare.FindStringSubmatch(e.Msg); m != nil {
		l, r := family(m[1]), family(m[3])
		if l == "NUMERIC" && r == "CHARACTER" || l == "CHARACTER" && r == "NUMERIC" {
			return "" // Flink's planner refuses these, in other words
		}
		return fmt.Sprintf("Cannot apply '%s' to arguments of type '<%s> %s <%s>'. Supported form(s): '<COMPARABLE_TYPE> %s <COMPARABLE_TYPE>'",
			m[2], calciteType(m[1]), m[2], calciteType(m[3]), m[2])
	}
	return ""
}

// forms are the operands that an operator takes.
func forms(op string) string {
	var all []string
	switch op {
	case "+":
		all = []string{"<NUMERIC> + <NUMERIC>", "<DATETIME_INTERVAL> + <DATETIME_INTERVAL>", "<DATETIME> + <DATETIME_INTERVAL>", "<DATETIME_INTERVAL> + <DATETIME>"}
	case "-":
		all = []string{"<NUMERIC> - <NUMERIC>", "<DATETIME_INTERVAL> - <DATETIME_INTERVAL>", "<DATETIME> - <DATETIME_INTERVAL>"}
	case "*":
		all = []string{"<NUMERIC> * <NUMERIC>", "<DATETIME_INTERVAL> * <NUMERIC>", "<NUMERIC> * <DATETIME_INTERVAL>"}
	case "/":
		all = []string{"<NUMERIC> / <NUMERIC>", "<DATETIME_INTERVAL> / <NUMERIC>"}
	case "%":
		all = []string{"<EXACT_NUMERIC> % <EXACT_NUMERIC>"}
	default:
		all = []string{"<STRING> " + op + " <STRING>"}
	}
	return "'" + strings.Join(all, "'\n'") + "'"
}

// function is the message about the arguments of a function whose calls are written as usage says: a wrong number of them, or wrong types.
func function(name string, given []string, usage string) string {
	if len(given) == 1 && given[0] == "" {
		given = nil
	}
	form, _, several := strings.Cut(usage, " | ")
	_, list, _ := strings.Cut(strings.TrimSuffix(form, ")"), "(")
	list = strings.TrimPrefix(list, "[ALL|DISTINCT] ")
	required, optional, open := strings.Cut(list, " [")
	names := parameters(required)
	several = several || strings.Contains(list, " IN ") || strings.Contains(list, " FROM ")
	if len(names) != len(given) && !several && !open && !strings.Contains(list, "...") {
		return fmt.Sprintf("Invalid number of arguments to function '%s'. Was expecting %d arguments", name, len(names))
	}
	switch name {
	case "LISTAGG": // its separator is no operand
	case "POSITION":
		if len(given) == 2 {
			return fmt.Sprintf("Cannot apply 'POSITION' to arguments of type 'POSITION(<%s> IN <%s>)'. Supported form(s): 'POSITION(<STRING> IN <STRING>)'", calciteType(given[0]), calciteType(given[1]))
		}
	default:
		names = append(names, parameters(strings.Trim(optional, ",[] "))...)
	}
	types := make([]string, len(given))
	for i, t := range given {
		types[i] = "<" + calciteType(t) + ">"
	}
	wanted := make([]string, len(names))
	for i, n := range names {
		wanted[i] = "<" + wants(name, n) + ">"
	}
	return fmt.Sprintf("Cannot apply '%s' to arguments of type '%s(%s)'. Supported form(s): '%s(%s)'", name, name, strings.Join(types, ", "), name, strings.Join(wanted, ", "))
}

// parameters are the names in a list of parameters.
func parameters(list string) []string {
	var out []string
	for p := range strings.SplitSeq(list, ",") {
		if p = strings.TrimSpace(p); p != "" && p != "..." {
			out = append(out, p)
		}
	}
	return out
}

// wants is the family of types that a parameter of that name takes.
func wants(function, parameter string) string {
	switch parameter {
	case "n", "x", "y":
		return "NUMERIC"
	case "i", "d", "len", "pos", "seconds", "start", "index":
		return "INTEGER"
	case "ts":
		return "TIMESTAMP"
	case "e":
		if function == "LISTAGG" {
			return "CHARACTER"
		}
		return "NUMERIC"
	case "c":
		return "ANY_TYPE"
	default:
		return "CHARACTER"
	}
}

// sinkTypes is the message about columns of a query that a sink does not take; "": the error is about something else.
func sinkTypes(e *sqlerr.Error) string {
	head, rest, ok := strings.Cut(e.Msg, " do not match: ")
	if !ok || !strings.HasPrefix(head, "column types of query result and sink for ") {
		return ""
	}
	cause, schemas, ok := strings.Cut(rest, "; query schema: ")
	if !ok {
		return ""
	}
	query, sink, ok := strings.Cut(schemas, ", sink schema: ")
	if !ok {
		return ""
	}
	if before, position, ok := strings.Cut(cause, " at position "); ok {
		if n, err := strconv.Atoi(position); err == nil {
			cause = before + " at position " + strconv.Itoa(n+1) // Flink counts from 1 here
		}
	}
	return fmt.Sprintf("%s do not match.\nCause: %s.\n\nQuery schema: %s\nSink schema:  %s", capital(head), capital(cause), query, sink)
}
