package session

import (
	"slices"
	"strings"
	"unicode/utf16"

	"millrace/sql/catalog"
	"millrace/sql/function"
)

// keywords are the words that completion proposes.
func keywords() []string {
	return strings.Fields(`ALTER AND AS ASC BEGIN BETWEEN BY CASE CAST CATALOG CATALOGS COLUMNS COMMENT COMPILE CREATE CROSS CUBE CURRENT DATABASE
DATABASES DESC DESCRIBE DISTINCT DROP ELSE END EXCEPT EXECUTE EXISTS EXPLAIN FALSE FETCH FILTER FIRST FOR FROM FULL FUNCTION FUNCTIONS GROUP
GROUPING HAVING IF IN INNER INSERT INTERSECT INTERVAL INTO IS JOBS JOIN KEY LATERAL LEFT LIKE LIMIT METADATA MODIFY NOT NULL OFFSET ON OR ORDER
OUTER OVER OVERWRITE PARTITION PARTITIONED PLAN PRIMARY QUALIFY RENAME RESET RIGHT ROLLUP ROW ROWS SELECT SET SETS SHOW STATEMENT STOP TABLE
TABLES TEMPORARY THEN TRUE TRUNCATE UNION UNNEST USE USING VALUES VIEW VIEWS WATERMARK WHEN WHERE WINDOW WITH`)
}

// WordStart is where the word begins that ends at byte pos: after the quote if a literal is open there.
func WordStart(text string, pos int) int {
	if strings.Count(text[:pos], "'")%2 == 1 {
		return strings.LastIndexByte(text[:pos], '\'') + 1
	}
	for pos > 0 && !strings.ContainsRune(" \t\r\n(),;=<>+-*/'", rune(text[pos-1])) {
		pos--
	}
	return pos
}

// Words proposes how the word before byte pos of a line may go on: keywords, tables, columns of tables named in the line, functions, and inside
// SET options. It may be called from any goroutine.
func (s *Session) Words(line string, pos int) []string {
	pos = min(max(pos, 0), len(line))
	word := line[WordStart(line, pos):pos]
	before := strings.ToUpper(line[:WordStart(line, pos)])
	var all []string
	if first := strings.Fields(before + " x")[0]; (first == "SET" || first == "RESET") && strings.HasSuffix(before, "'") {
		for _, k := range settings() {
			all = append(all, k.key)
		}
		return matching(all, word, false)
	}
	if strings.Count(before, "'")%2 == 1 {
		return nil // a text is nobody's but the user's
	}
	cur := s.now()
	tables, err := s.store.Tables(0, cur.Catalog, cur.Database, func(*catalog.Table) bool { return true })
	if err != nil {
		tables = nil // the database is gone
	}
	last := lastWord(before)
	if last == "FROM" || last == "JOIN" || last == "INTO" || last == "DESCRIBE" || last == "DESC" || last == "TABLE" || last == "VIEW" {
		return matching(append(tables, s.store.Catalogs()...), word, false)
	}
	all = append(all, tables...)
	for _, name := range tables {
		if !strings.Contains(line, name) {
			continue
		}
		t := s.store.Table(catalog.Name{Catalog: cur.Catalog, Database: cur.Database, Object: name})
		if t == nil {
			continue
		}
		all = append(all, t.ColumnNames()...)
		if t.IsView() {
			all = append(all, t.View.Columns.Names()...)
		}
	}
	out := matching(all, word, false)
	if word != "" {
		out = append(out, matching(append(keywords(), function.Names()...), word, true)...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// now is the current catalog and database.
func (s *Session) now() catalog.Session {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.current
}

func lastWord(s string) string {
	f := strings.Fields(s)
	if len(f) == 0 {
		return ""
	}
	return f[len(f)-1]
}

// matching keeps the names that begin with a word. Keywords match in either case and are proposed in that of the word.
func matching(names []string, word string, fold bool) []string {
	var out []string
	for _, n := range names {
		switch {
		case strings.HasPrefix(n, word):
			out = append(out, n)
		case fold && strings.HasPrefix(strings.ToLower(n), strings.ToLower(word)):
			if word == strings.ToLower(word) {
				n = strings.ToLower(n)
			}
			out = append(out, n)
		}
	}
	return out
}

// Complete proposes for the gateway, which counts positions in UTF-16 units and wants tables with their full names.
func (s *Session) Complete(statement string, position int) []string {
	units := utf16.Encode([]rune(statement))
	if position < 0 {
		return nil
	}
	text := string(utf16.Decode(units[:min(position, len(units))]))
	rest := string(utf16.Decode(units[min(position, len(units)):]))
	cur := s.now()
	tables, err := s.store.Tables(0, cur.Catalog, cur.Database, func(*catalog.Table) bool { return true })
	if err != nil {
		tables = nil
	}
	out := s.Words(text+rest, len(text))
	for i, w := range out {
		if slices.Contains(tables, w) {
			out[i] = cur.Catalog + "." + cur.Database + "." + w
		}
	}
	return out
}
