package thrown

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"millrace/runtime/gateway"
	"millrace/sql/sqlerr"
)

// The classes of Flink's exceptions.
const (
	apiPackage        = "org.apache.flink.table.api."
	catalogPackage    = "org.apache.flink.table.catalog.exceptions."
	validation        = apiPackage + "ValidationException"
	table             = apiPackage + "TableException"
	runtimeTable      = apiPackage + "TableRuntimeException"
	parserException   = apiPackage + "SqlParserException"
	parserEOF         = apiPackage + "SqlParserEOFException"
	parse             = "org.apache.flink.sql.parser.impl.ParseException"
	tokenError        = "org.apache.flink.sql.parser.impl.TokenMgrError"
	sqlValidate       = "org.apache.flink.sql.parser.error.SqlValidateException"
	calciteParse      = "org.apache.calcite.sql.parser.SqlParseException"
	calcite           = "org.apache.calcite.runtime.CalciteException"
	calciteContext    = "org.apache.calcite.runtime.CalciteContextException"
	validator         = "org.apache.calcite.sql.validate.SqlValidatorException"
	execution         = "org.apache.flink.table.gateway.service.utils.SqlExecutionException"
	codegen           = "org.apache.flink.table.planner.codegen.CodeGenException"
	illegalArgument   = "java.lang.IllegalArgumentException"
	illegalState      = "java.lang.IllegalStateException"
	unsupported       = "java.lang.UnsupportedOperationException"
	numberFormat      = "java.lang.NumberFormatException"
	arithmetic        = "java.lang.ArithmeticException"
	dateTime          = "java.time.DateTimeException"
	fileNotFound      = "java.io.FileNotFoundException"
	classNotFound     = "java.lang.ClassNotFoundException"
	catalogException  = catalogPackage + "CatalogException"
	tableExists       = catalogPackage + "TableAlreadyExistException"
	notPartitioned    = catalogPackage + "TableNotPartitionedException"
	databaseExists    = catalogPackage + "DatabaseAlreadyExistException"
	databaseMissing   = catalogPackage + "DatabaseNotExistException"
	databaseNotEmpty  = catalogPackage + "DatabaseNotEmptyException"
	functionMissing   = catalogPackage + "FunctionNotExistException"
	functionExists    = catalogPackage + "FunctionAlreadyExistException"
	unsupportedField  = "java.time.temporal.UnsupportedTemporalTypeException"
	unsupportedCoding = "java.io.UnsupportedEncodingException"
)

// Statement gives an error of a statement with that text its chain of exceptions. An error that has one is returned as it is.
func Statement(err error, source string) error {
	if done := (*gateway.Thrown)(nil); err == nil || errors.As(err, &done) {
		return err
	}
	err = sqlerr.At(err, source)
	var e *sqlerr.Error
	if !errors.As(err, &e) {
		return &gateway.Thrown{Err: err, Causes: plain(err.Error())}
	}
	if e.Code == sqlerr.Syntax || e.Code == sqlerr.Incomplete || e.Msg == onlyOne {
		return &gateway.Thrown{Err: err, Causes: syntax(e, source)}
	}
	e = relocated(e, source)
	if text := applied(e); text != "" {
		return &gateway.Thrown{Err: err, Causes: validated(e, text)}
	}
	if text := sinkTypes(e); text != "" {
		return &gateway.Thrown{Err: err, Causes: []string{validation + ": " + text}}
	}
	if causes := byRule(statementRules(), e.Msg, e, source); causes != nil {
		return &gateway.Thrown{Err: err, Causes: causes}
	}
	return &gateway.Thrown{Err: err, Causes: byCode(e, err)}
}

// relocated moves an error about the column of a watermark from the table, where the planner finds it, to the column.
func relocated(e *sqlerr.Error, source string) *sqlerr.Error {
	if !strings.HasPrefix(e.Msg, "the rowtime attribute field '") {
		return e
	}
	at := strings.Index(strings.ToUpper(source), "WATERMARK FOR ")
	if at < 0 {
		return e
	}
	c := *e
	c.Pos = at + len("WATERMARK FOR ")
	return &c
}

// onlyOne is the message of a text of several statements.
const onlyOne = "only single statement supported"

// plain is the chain of an error that is not about the text: a job that cannot be submitted, a file that cannot be read.
func plain(message string) []string {
	if causes := byRule(failureRules(), message, nil, ""); causes != nil {
		return causes
	}
	return []string{execution + ": " + message}
}

// byCode is the chain of an error that no rule knows: our text.
func byCode(e *sqlerr.Error, err error) []string {
	text := err.Error()
	if e.Hint != "" && !strings.Contains(text, e.Hint) {
		text += " (" + e.Hint + ")"
	}
	switch e.Code {
	case sqlerr.UnknownName, sqlerr.AmbiguousName, sqlerr.Type:
		return validated(e, text)
	case sqlerr.Unsupported, sqlerr.Internal:
		return []string{table + ": " + text}
	default:
		return []string{validation + ": " + text}
	}
}

// validated is the chain of what Flink's validator finds.
func validated(e *sqlerr.Error, message string) []string {
	place := ""
	if line, column := e.LineColumn(); line > 0 && e.Outer == nil {
		endLine, endColumn := sqlerr.Position(e.Src, wordEnd(e.Src, e.Pos))
		place = fmt.Sprintf("From line %d, column %d to line %d, column %d: ", line, column, endLine, endColumn-1)
	}
	return []string{
		validation + ": SQL validation failed. " + place + message,
		calciteContext + ": " + place + message,
		validator + ": " + message,
	}
}

// wordEnd is the end of the word, or of the dotted name, that begins at pos.
func wordEnd(src string, pos int) int {
	if pos < 0 || pos >= len(src) {
		return len(src)
	}
	end := pos
	for end < len(src) {
		r, n := utf8.DecodeRuneInString(src[end:])
		switch {
		case r == '`':
			closing := strings.IndexByte(src[end+1:], '`')
			if closing < 0 {
				return len(src)
			}
			end += closing + 2
			continue
		case r == '_' || r == '$' || r == '.' || unicode.IsLetter(r) || unicode.IsDigit(r):
			end += n
			continue
		}
		break
	}
	return max(end, pos+1)
}

// capital is a message with its first letter in upper case.
func capital(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(r)) + s[n:]
}
