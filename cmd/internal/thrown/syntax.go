package thrown

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"millrace/sql/parser"
	"millrace/sql/sqlerr"
)

// notExecutable is what Flink says to the commands of its shell.
const notExecutable = "Unsupported SQL query! executeSql() only accepts a single SQL statement of type CREATE TABLE, DROP TABLE, ALTER TABLE, " +
	"CREATE DATABASE, DROP DATABASE, ALTER DATABASE, CREATE FUNCTION, DROP FUNCTION, ALTER FUNCTION, CREATE CATALOG, DROP CATALOG, USE CATALOG, " +
	"USE [CATALOG.]DATABASE, SHOW CATALOGS, SHOW DATABASES, SHOW TABLES, SHOW [USER] FUNCTIONS, SHOW PARTITIONSCREATE VIEW, DROP VIEW, SHOW VIEWS, " +
	"INSERT, DESCRIBE, LOAD MODULE, UNLOAD MODULE, USE MODULES, SHOW [FULL] MODULES."

// syntax is the chain of an error of the parser.
func syntax(e *sqlerr.Error, source string) []string {
	switch {
	case e.Msg == onlyOne:
		return []string{illegalArgument + ": " + onlyOne}
	case shellCommand(source):
		return []string{table + ": " + notExecutable}
	case strings.Trim(source, " \t\r\n") == ";":
		return parsed(parserException+": SQL parse failed. ", parse, encountered(source, strings.IndexByte(source, ';'), e))
	case e.Code == sqlerr.Incomplete:
		return unfinished(e, source)
	case strings.HasPrefix(e.Msg, "the operator != is not SQL"):
		return parsed(parserException+": SQL parse failed. ", calcite, "Bang equal '!=' is not allowed under the current SQL conformance level")
	}
	pos := place(e, source)
	if word := token(source, pos); strings.HasPrefix(e.Msg, "expected an alias") && strings.HasPrefix(word, "'") {
		return parsed(parserException+": SQL parse failed. ", validator, "Expecting alias, found character literal")
	}
	if strings.HasPrefix(e.Msg, "expected a statement") || strings.HasPrefix(e.Msg, "expected a query") {
		if word := token(source, pos); !parser.Keyword(word) && startsExpression(word) {
			return parsed(parserException+": SQL parse failed. ", calcite, "Non-query expression encountered in illegal context")
		}
	}
	return parsed(parserException+": SQL parse failed. ", parse, encountered(source, pos, e))
}

// parsed is the chain around the message of the parser.
func parsed(outer, class, message string) []string {
	return []string{outer + message, calciteParse + ": " + message, class + ": " + message}
}

// shellCommand tells commands that Flink's shell does itself.
func shellCommand(source string) bool {
	switch strings.ToUpper(strings.Trim(source, "; \t\r\n")) {
	case "HELP", "QUIT", "EXIT", "CLEAR":
		return true
	}
	return false
}

// startsExpression tells whether a token may begin an expression, which Flink reads before it finds that a statement is something else.
func startsExpression(word string) bool {
	r, _ := utf8.DecodeRuneInString(word)
	return r == '`' || r == '\'' || r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r)
}

// unfinished is the chain of a text that ends too early. Clients look for Encountered "<EOF>" and ask for more.
func unfinished(e *sqlerr.Error, source string) []string {
	line, column := sqlerr.Position(source, len(source))
	switch {
	case strings.Contains(e.Msg, "comment is not closed"):
		return parsed(parserException+": SQL parse failed. ", tokenError,
			fmt.Sprintf("Lexical error at line %d, column %d.  Encountered: <EOF> after : \"\"", line, column))
	case strings.Contains(e.Msg, "quoted identifier is not closed"):
		return parsed(parserException+": SQL parse failed. ", tokenError,
			fmt.Sprintf("Lexical error at line %d, column %d.  Encountered: <EOF> after : \"%s\"", line, column, source[min(max(e.Pos, 0), len(source)):]))
	case strings.Contains(e.Msg, "literal is not closed"):
		line, column = e.LineColumn()
		return parsed(parserException+": SQL parse failed. ", parse, fmt.Sprintf("Encountered \"\\'\" at line %d, column %d.%s", line, column, expecting(e)))
	}
	if source == "" {
		line, column = 0, 1
	}
	return parsed(parserEOF+": ", parse, fmt.Sprintf("Encountered \"<EOF>\" at line %d, column %d.%s", line, max(column-1, 0), expecting(e)))
}

// place is where Flink's parser stops: mostly where ours does. It looks two tokens ahead behind an operator.
func place(e *sqlerr.Error, source string) int {
	pos := min(max(e.Pos, 0), len(source))
	if rest, ok := strings.CutPrefix(strings.ToUpper(source[pos:]), "FUNCTION "); ok && strings.HasPrefix(strings.ToUpper(source), "DESC") {
		return len(source) - len(strings.TrimLeft(rest, " ")) // here the name of a function
	}
	if strings.HasPrefix(e.Msg, "expected what to show") {
		return max(strings.LastIndex(strings.ToUpper(source[:pos]), "SHOW"), 0)
	}
	return pos
}

// encountered is the message about the token at pos.
func encountered(source string, pos int, e *sqlerr.Error) string {
	word := token(source, pos)
	if operator, at := operatorBefore(source, pos); operator != "" && strings.Contains(e.Msg, "expected an expression") && !parser.Keyword(word) {
		line, column := sqlerr.Position(source, at)
		return fmt.Sprintf("Encountered \"%s %s\" at line %d, column %d.%s", operator, image(word), line, column, expecting(e))
	}
	line, column := sqlerr.Position(source, pos)
	if word == "" {
		return fmt.Sprintf("Encountered \"<EOF>\" at line %d, column %d.%s", line, max(column-1, 0), expecting(e))
	}
	if word == strings.ToUpper(word) && parser.Keyword(word) && allowsName(e.Msg) {
		return fmt.Sprintf("Incorrect syntax near the keyword '%s' at line %d, column %d.%s", word, line, column, expecting(e))
	}
	return fmt.Sprintf("Encountered \"%s\" at line %d, column %d.%s", image(word), line, column, expecting(e))
}

// allowsName tells whether a name might have stood where an error is: then Flink words the error differently for keywords.
func allowsName(message string) bool {
	for _, w := range []string{"identifier", "a statement", "a query", "WHEN", "a data type", "end of the statement", "what to show", "an expression"} {
		if strings.Contains(message, w) {
			return true
		}
	}
	return false
}

// operatorBefore is the binary operator right before pos, apart from blanks.
func operatorBefore(source string, pos int) (operator string, at int) {
	at = len(strings.TrimRight(source[:pos], " \t\r\n")) - 1
	if at > 0 && strings.IndexByte("+-*/=<>|", source[at]) >= 0 {
		start := at
		for start > 0 && strings.IndexByte("<>|", source[start-1]) >= 0 {
			start--
		}
		return source[start : at+1], start
	}
	return "", 0
}

// token is the token at pos, as it is written.
func token(source string, pos int) string {
	if pos >= len(source) {
		return ""
	}
	switch c := source[pos]; {
	case c == '\'':
		end := pos + 1
		for end < len(source) {
			if source[end] == '\'' {
				if !strings.HasPrefix(source[end+1:], "'") {
					break
				}
				end++
			}
			end++
		}
		return source[pos:min(end+1, len(source))]
	case c == '`' || c == '_' || c == '$' || c >= utf8.RuneSelf || unicode.IsLetter(rune(c)) || unicode.IsDigit(rune(c)):
		end := wordEnd(source, pos)
		if dot := strings.IndexByte(source[pos:end], '.'); dot > 0 && !unicode.IsDigit(rune(c)) {
			end = pos + dot
		}
		return source[pos:end]
	}
	for _, op := range []string{"<>", "<=", ">=", "||", "=>", "!="} {
		if strings.HasPrefix(source[pos:], op) {
			return op
		}
	}
	return source[pos : pos+1]
}

// image is a token in a message: quotes are escaped.
func image(word string) string {
	return strings.NewReplacer(`\`, `\\`, `'`, `\'`, `"`, `\"`, "\n", `\n`).Replace(word)
}

// expecting is where Flink lists the tokens that would have been right: here stands our text.
func expecting(e *sqlerr.Error) string {
	text, ok := strings.CutPrefix(e.Msg, "expected ")
	if ok {
		text, _, _ = strings.Cut(text, " but found ")
	}
	if e.Hint != "" {
		text += "; " + e.Hint
	}
	return "\nWas expecting one of:\n    " + strings.ReplaceAll(text, "\n", " ") + " ...\n    "
}
