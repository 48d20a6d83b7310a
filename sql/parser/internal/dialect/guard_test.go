package dialect

import (
	"fmt"
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	tidbparser "github.com/pingcap/tidb/pkg/parser"
	tidb "github.com/pingcap/tidb/pkg/parser/ast"

	"millrace/sql/parser/internal/lex"
)

// TestMarkersAreNoKeywords: a marker that is a keyword would make a query fail
// depending on how many names it has.
func TestMarkersAreNoKeywords(t *testing.T) {
	keywords := map[string]bool{}
	for _, k := range tidbparser.Keywords {
		keywords[strings.ToUpper(k.Word)] = true
	}
	if len(keywords) < 500 {
		t.Fatalf("only %d keywords", len(keywords))
	}
	for k := range kNulls + 1 {
		p := k.prefix()
		for i := range 10000 {
			if m := strings.ToUpper(p + strconv.Itoa(i)); keywords[m] {
				t.Errorf("%s is a keyword", m)
			}
		}
	}
}

// vocabulary is every word that the rewriter may emit besides markers and
// small integers.
const vocabulary = `( ) , + - * / % = <> < <= > >= <=> | DIV AND OR NOT IS NULL IN BETWEEN CASE WHEN THEN ELSE END SELECT FROM WHERE GROUP BY
	HAVING ORDER DESC LIMIT OFFSET WITH AS UNION INTERSECT EXCEPT ALL LEFT JOIN ON`

func TestVocabulary(t *testing.T) {
	allowed := map[string]bool{}
	for w := range strings.FieldsSeq(vocabulary) {
		allowed[w] = true
	}
	for _, src := range []string{
		"WITH a(x) AS (SELECT 1) SELECT DISTINCT -a, +b, NOT c, a*b/c%d||e FROM t, u FULL JOIN v ON x = 1 WHERE p IS NOT NULL AND q NOT IN (1, 2) OR z <> 1 AND a < 1 AND b <= 1 AND c > 2 AND d >= 3",
		"SELECT CASE a WHEN 1, 2 THEN 3 ELSE 4 END, x BETWEEN SYMMETRIC 1 AND 2, x LIKE 'a' ESCAPE 'b', x IS TRUE, x = ANY (1) FROM (SELECT 1) AS t GROUP BY ROLLUP (a) HAVING b ORDER BY c DESC NULLS LAST LIMIT 1",
		"(SELECT 1) UNION ALL VALUES (1) INTERSECT TABLE t EXCEPT SELECT * FROM TABLE(f(TABLE t)) AS x CROSS JOIN y FOR SYSTEM_TIME AS OF z OFFSET 3 ROWS",
	} {
		c := lex.NewCursor(src, lex.Lex(src))
		r := &rewriter{c: c}
		r.query()
		if c.Failed() {
			t.Fatal(c.Err())
		}
		for _, o := range r.out {
			_, num := strconv.Atoi(o.text)
			isMarker := len(o.text) > 1 && strings.IndexByte("acfjknot", o.text[0]) >= 0 && strings.Trim(o.text[1:], "0123456789") == ""
			if !allowed[o.text] && num != nil && !isMarker {
				t.Errorf("emits %q", o.text)
			}
		}
	}
}

// TestImports: only the converter, the driver and the entry points know TiDB.
func TestImports(t *testing.T) {
	allowed := map[string]bool{"convert.go": true, "convquery.go": true, "driver.go": true, "api.go": true}
	for _, dir := range []string{".", "../..", "../lex", "../../../ast", "../../../format", "../../../sqlerr"} {
		files, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: no files (%v)", dir, err)
		}
		for _, f := range files {
			if strings.HasSuffix(f, "_test.go") {
				continue
			}
			parsed, err := parser.ParseFile(token.NewFileSet(), f, nil, parser.ImportsOnly)
			if err != nil {
				t.Fatal(err)
			}
			for _, im := range parsed.Imports {
				if strings.Contains(im.Path.Value, "pingcap") && !(dir == "." && allowed[f]) {
					t.Errorf("%s imports %s", f, im.Path.Value)
				}
			}
		}
	}
}

// TestDriver: another package's initialisation would replace the hooks.
func TestDriver(t *testing.T) {
	if !driverInstalled {
		t.Fatal("driver not installed")
	}
	if got := fmt.Sprintf("%T", tidb.NewValueExpr(int64(1), "", "")); got != "*dialect.valueExpr" {
		t.Errorf("values are %s", got)
	}
}

// TestLinearUse: an entry that is not used exactly once is an internal error.
func TestLinearUse(t *testing.T) {
	src := "SELECT a"
	c := lex.NewCursor(src, lex.Lex(src))
	r := &rewriter{c: c}
	r.query()
	r.specs = append(r.specs, spec{kind: kLeaf})
	err := r.parse(0, func(cv *converter, n tidb.StmtNode) { cv.query(n) })
	if err == nil || !strings.Contains(err.Error(), "unused marker") {
		t.Errorf("unused entry: %v", err)
	}
	c = lex.NewCursor(src, lex.Lex(src))
	r = &rewriter{c: c}
	r.query()
	r.out = append(r.out, outTok{",", 0}, r.out[len(r.out)-1])
	err = r.parse(0, func(cv *converter, n tidb.StmtNode) { cv.query(n) })
	if err == nil || !strings.Contains(err.Error(), "internal error") {
		t.Errorf("entry used twice: %v", err)
	}
}
