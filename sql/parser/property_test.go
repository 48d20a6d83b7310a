package parser_test

import (
	"errors"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"millrace/sql/ast"
	"millrace/sql/format"
	"millrace/sql/parser"
	"millrace/sql/parser/internal/lex"
	"millrace/sql/sqlerr"
)

// level is one row of an independent precedence table, low to high.
type level struct {
	ops []string
}

var levels = []level{
	{ops: []string{"OR"}},
	{ops: []string{"AND"}},
	{ops: []string{"NOT"}},
	{ops: []string{"=", "<>", "<", "<=", ">", ">=", "IS DISTINCT FROM", "IS NOT DISTINCT FROM"}},
	{ops: []string{"LIKE", "NOT LIKE", "SIMILAR TO"}},
	{ops: []string{"+", "-"}},
	{ops: []string{"*", "/", "%", "||"}},
	{ops: []string{"u-"}},
}

// gen builds a random tree and returns it twice: with minimal parentheses and
// with all of them.
func gen(r *rand.Rand, depth int) (minimal, full string, prec int) {
	top := len(levels)
	if depth == 0 || r.IntN(5) == 0 {
		leaf := []string{"a", "b.c", "1", "'x'", "f(a, 1)", "d[1]", "(SELECT 1)", "CASE WHEN a THEN b END"}[r.IntN(8)]
		return leaf, leaf, top
	}
	p := r.IntN(len(levels))
	op := levels[p].ops[r.IntN(len(levels[p].ops))]
	l, lf, lp := gen(r, depth-1)
	if op == "NOT" || op == "u-" {
		word := strings.TrimPrefix(op, "u")
		if lp < p {
			l = "(" + l + ")"
		}
		return word + " " + l, "(" + word + " " + lf + ")", p
	}
	x, xf, xp := gen(r, depth-1)
	if lp < p {
		l = "(" + l + ")"
	}
	if xp <= p {
		x = "(" + x + ")"
	}
	return l + " " + op + " " + x, "(" + lf + " " + op + " " + xf + ")", p
}

func TestPrecedence(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	n := 10000
	if testing.Short() {
		n = 2000
	}
	for range n {
		minimal, full, _ := gen(r, 4)
		a, err := parser.ParseExpr(minimal)
		if err != nil {
			t.Fatalf("%s: %v", minimal, err)
		}
		b, err := parser.ParseExpr(full)
		if err != nil {
			t.Fatalf("%s: %v", full, err)
		}
		if x, y := format.Expr(a), format.Expr(b); x != y {
			t.Fatalf("%s\nparses as %s\nwant      %s", minimal, x, y)
		}
	}
}

// checkRobust parses src and wants no internal error and a stable round trip.
func checkRobust(tb testing.TB, src string) bool {
	tb.Helper()
	stmts, err := parser.Parse(src)
	var e *sqlerr.Error
	if err != nil && !errors.As(err, &e) {
		tb.Fatalf("%q: error of another type: %v", src, err)
	}
	if e != nil && (e.Code == sqlerr.Internal || e.Pos < 0 || e.Pos > len(src) || e.Error() == "" || e.Caret() == "") {
		tb.Fatalf("%q: %v (%s at %d)", src, e, e.Code, e.Pos)
	}
	for _, s := range stmts {
		text := format.Stmt(s)
		again, err := parser.ParseStatement(text)
		if err != nil {
			tb.Fatalf("%q prints as\n%s\nwhich fails: %v", src, text, err)
		}
		if text2 := format.Stmt(again); text2 != text {
			tb.Fatalf("%q prints as\n%s\nand then as\n%s", src, text, text2)
		}
	}
	return err == nil
}

func TestTokenMutations(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	var pool []string
	pool = append(pool, lex.ReservedWords()...)
	inputs := corpus(t)
	var tokens [][]string
	for _, in := range inputs {
		var toks []string
		for _, tok := range lex.Lex(in) {
			if tok.Kind != lex.EOF {
				toks = append(toks, tok.Raw(in))
			}
		}
		tokens = append(tokens, toks)
		pool = append(pool, toks...)
	}
	n := 12000
	if testing.Short() {
		n = 3000
	}
	parsed := 0
	for range n {
		toks := append([]string(nil), tokens[r.IntN(len(tokens))]...)
		for range 1 + r.IntN(3) {
			if len(toks) == 0 {
				break
			}
			i := r.IntN(len(toks))
			switch r.IntN(4) {
			case 0:
				toks = append(toks[:i], toks[i+1:]...)
			case 1:
				toks = append(toks[:i], append([]string{pool[r.IntN(len(pool))]}, toks[i:]...)...)
			case 2:
				toks[i] = pool[r.IntN(len(pool))]
			default:
				j := r.IntN(len(toks))
				toks[i], toks[j] = toks[j], toks[i]
			}
		}
		if checkRobust(t, strings.Join(toks, " ")) {
			parsed++
		}
	}
	t.Logf("%d of %d mutants parse", parsed, n)
}

func TestFreeWords(t *testing.T) {
	words := strings.FieldsSeq(`ADD ANALYZE ASC CASCADE CHANGE CONTINUE DATABASE DAY_HOUR DELAYED DESC DISTINCTROW DIV DUAL ELSEIF ENCLOSED ESCAPED
		EXIT FLOAT4 FORCE FULLTEXT GENERATED HIGH_PRIORITY HOUR_MINUTE IF IGNORE INDEX INFILE INT1 INT8 ITERATE KEY KEYS KILL LEAVE LINEAR
		LINES LOAD LOCK LONG LONGBLOB LOW_PRIORITY MAXVALUE MEDIUMINT MIDDLEINT OPTIMIZE OPTION OPTIONALLY OUTFILE READ REGEXP REPEAT REPLACE
		REQUIRE RESTRICT SPATIAL SSL STARTING STORED STRAIGHT_JOIN TERMINATED TINYBLOB UNLOCK UNTIL USAGE UTC_DATE VARCHARACTER VIRTUAL
		WHILE WRITE XOR YEAR_MONTH ZEROFILL MEASURE MODEL PARTITIONS OVERWRITE METADATA DO NOTHING`)
	for w := range words {
		if _, err := parser.Parse("SELECT " + w + ", t." + w + " AS " + w + " FROM " + w + " AS t WHERE " + w + " = 1 GROUP BY " + w); err != nil {
			t.Errorf("%s: %v", w, err)
		}
	}
	for _, w := range lex.ReservedWords() {
		if _, err := parser.Parse("SELECT 1 AS " + w); err == nil {
			t.Errorf("%s is accepted as an alias", w)
		}
		if _, err := parser.Parse("SELECT 1 AS `" + w + "`"); err != nil {
			t.Errorf("quoted %s: %v", w, err)
		}
	}
}

// TestPositions wants the error where the mark ^ stands in the text.
func TestPositions(t *testing.T) {
	for _, text := range []string{
		"SELECT a b ^c FROM t", "SELECT a\nFROM t\nWHERE ^GROUP BY x", "SELECT 'é' + ^FROM t", "SELECT a = ^NOT b",
		"SELECT a FROM t JOIN u ^WHERE x", "SELECT CAST(a AS ^)", "CREATE TABLE t (^a, b INT)", "CREATE TABLE t (a INT ^b INT)", "INSERT INTO ^SELECT 1", "SELECT f(a ^b)",
		"SELECT x IN (1) ^IN (2)", "SELECT /*+ A() ^+ */ 1", "SELECT 1; SELECT ^;", "SELECT COUNT(*) OVER ^FROM t", "SELECT a[1 ^FROM t",
		"SELECT * FROM t /*+ OPTIONS('k' = ^) */", "SELECT a FROM t AS ^WHERE x", "SHOW ^NOTHING", "SELECT (a ^b)",
	} {
		want := strings.Index(text, "^")
		src := strings.Replace(text, "^", "", 1)
		_, err := parser.Parse(src)
		if e, ok := errors.AsType[*sqlerr.Error](err); !ok {
			t.Errorf("%s: accepted", src)
		} else if e.Pos != want {
			t.Errorf("%s\n%s\nwant offset %d, got %d", text, e.Caret(), want, e.Pos)
		}
	}
}

func TestExprPositions(t *testing.T) {
	src := "/* é */ SELECT a + b * (c - 1), x[1].f, NOT y FROM t WHERE z IN (1) AND p NOT BETWEEN 1 AND 2"
	s, err := parser.ParseStatement(src)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	ast.Walk(s, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Binary:
			got = append(got, src[n.Pos():n.Pos()+1]+src[n.OpPos:n.OpPos+1])
		case *ast.Between:
			got = append(got, src[n.OpPos:n.OpPos+3])
		case *ast.In:
			got = append(got, src[n.OpPos:n.OpPos+2])
		case *ast.Name, *ast.Item, *ast.Field, *ast.Unary:
			got = append(got, src[n.Pos():n.Pos()+1])
		}
		return true
	})
	if diff := cmp.Diff("a+ a b* b c- c x x x N y zA IN z NOT p", strings.Join(got, " ")); diff != "" {
		t.Error(diff)
	}
	start, end := s.Range()
	if _, query, _ := strings.Cut(src, "SELECT"); src[start:end] != "SELECT"+query {
		t.Errorf("range %d %d", start, end)
	}
}

func TestNesting(t *testing.T) {
	for _, src := range []string{
		"SELECT " + strings.Repeat("(", 100000) + "1", "SELECT " + strings.Repeat("NOT ", 100000) + "a", "SELECT " + strings.Repeat("f(", 5000) + "1",
		"SELECT CAST(a AS " + strings.Repeat("ARRAY<", 5000), strings.Repeat("(", 5000) + "SELECT 1", "SELECT * FROM " + strings.Repeat("(", 5000),
		strings.Repeat("EXPLAIN ", 5000) + "SELECT 1", "SELECT * FROM t GROUP BY " + strings.Repeat("ROLLUP (", 5000),
		"SELECT * FROM t MATCH_RECOGNIZE (PATTERN (" + strings.Repeat("(", 5000), "SELECT a" + strings.Repeat("[1]", 5000),
		strings.Repeat("WITH a AS (", 5000), "SELECT " + strings.Repeat("CASE WHEN ", 5000), "SELECT CAST(a AS INT" + strings.Repeat(" ARRAY", 5000),
	} {
		if _, err := parser.Parse(src); err == nil {
			t.Errorf("%.30s… is accepted", src)
		}
	}
	long := "SELECT 1" + strings.Repeat(" + 1", 20000)
	if _, err := parser.Parse(long); err != nil {
		t.Errorf("a long sum: %v", err)
	}
}

func TestConcurrent(t *testing.T) {
	inputs := corpus(t)
	want := make([]string, len(inputs))
	show := func(src string) string {
		stmts, err := parser.Parse(src)
		var b strings.Builder
		for _, s := range stmts {
			b.WriteString(format.Stmt(s))
		}
		if err != nil {
			b.WriteString(err.Error())
		}
		return b.String()
	}
	for i, in := range inputs {
		want[i] = show(in)
	}
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			for i := range inputs {
				j := (i*7 + g*31) % len(inputs)
				if got := show(inputs[j]); got != want[j] {
					t.Errorf("%s: %s", inputs[j], got)
				}
			}
		})
	}
	wg.Wait()
}

func TestScripts(t *testing.T) {
	src := "-- c\nSELECT 1;\n;EXECUTE STATEMENT SET BEGIN INSERT INTO a SELECT ';'; INSERT INTO b SELECT 2; END;\nSELECT FROM;SET a=b"
	var got []string
	for _, s := range parser.Split(src) {
		got = append(got, src[s.Start:s.End])
	}
	want := []string{"SELECT 1", "EXECUTE STATEMENT SET BEGIN INSERT INTO a SELECT ';'; INSERT INTO b SELECT 2; END", "SELECT FROM", "SET a=b"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for src, state := range map[string]parser.State{
		"": parser.StateEmpty, " -- c": parser.StateEmpty, "SELECT 1": parser.StateIncomplete, "SELECT 1;": parser.StateComplete,
		"SELECT ';": parser.StateIncomplete, "SELECT `a;": parser.StateIncomplete, "/* ; ": parser.StateIncomplete, "SELECT 1; SELECT": parser.StateIncomplete,
		"EXECUTE STATEMENT SET BEGIN INSERT INTO a SELECT 1;": parser.StateIncomplete, "SELECT 1; -- x": parser.StateComplete,
		"EXECUTE STATEMENT SET BEGIN INSERT INTO a SELECT 1; END;": parser.StateComplete, "SELECT FROM;": parser.StateComplete,
	} {
		if got := parser.Complete(src); got != state {
			t.Errorf("Complete(%q) = %s, want %s", src, got, state)
		}
	}
	for _, src := range []string{"SELECT", "SELECT 1 +", "SELECT 'a", "CREATE TABLE t (", "SELECT a FROM t WHERE b AND", "SELECT CASE WHEN a", "SELECT a BETWEEN 1"} {
		if _, err := parser.ParseStatement(src); sqlerr.CodeOf(err) != sqlerr.Incomplete {
			t.Errorf("%q: %v (%s)", src, err, sqlerr.CodeOf(err))
		}
	}
	if _, err := parser.ParseStatement("SELECT 1 +;"); sqlerr.CodeOf(err) != sqlerr.Syntax {
		t.Errorf("a closed statement is not incomplete: %v", err)
	}
	if _, err := parser.ParseType("ARRAY<INT NOT NULL> NULL"); err != nil {
		t.Error(err)
	}
	if q, err := parser.ParseQuery("SELECT 1"); err != nil || q.End != 8 {
		t.Error(q, err)
	}
}

func FuzzParse(f *testing.F) {
	for _, in := range corpus(f) {
		f.Add(in)
	}
	f.Fuzz(func(t *testing.T, src string) {
		_, err := parser.Parse(src)
		if sqlerr.CodeOf(err) == sqlerr.Internal {
			t.Fatal(err)
		}
		parser.Split(src)
		parser.Complete(src)
	})
}

func FuzzRoundTrip(f *testing.F) {
	for _, in := range corpus(f) {
		f.Add(in)
	}
	f.Fuzz(func(t *testing.T, src string) { checkRobust(t, src) })
}

func BenchmarkParse(b *testing.B) {
	src := `SELECT auction, num FROM (SELECT auction, COUNT(*) AS num, window_start, window_end FROM TABLE(HOP(TABLE bid, DESCRIPTOR(ts),
		INTERVAL '2' SECOND, INTERVAL '10' SECOND)) GROUP BY auction, window_start, window_end) AS a JOIN b ON a.x = b.x AND a.num >= b.num
		WHERE price > 100 AND url LIKE '%x%' AND channel IN ('a', 'b')`
	b.SetBytes(int64(len(src)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := parser.ParseStatement(src); err != nil {
			b.Fatal(err)
		}
	}
}
