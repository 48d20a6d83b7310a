package planner_test

import (
	"testing"

	"millrace/planner"
	"millrace/sql/ast"
	"millrace/sql/catalog"
	"millrace/sql/parser"
)

// BenchmarkPlan plans queries of three sizes, from the tree to the graph.
func BenchmarkPlan(b *testing.B) {
	s := &session{store: catalog.New("default_catalog", "default_database"), settings: map[string]string{}}
	for _, ddl := range []string{
		"CREATE TABLE t (id INT, k STRING, n INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '5' SECOND) WITH ('connector' = 'stream')",
		"CREATE TABLE u (id BIGINT, v STRING) WITH ('connector' = 'stream')",
	} {
		st, err := parser.ParseStatement(ddl)
		if err != nil {
			b.Fatal(err)
		}
		if err := s.exec(st, ddl); err != nil {
			b.Fatal(err)
		}
	}
	for _, c := range []struct{ name, sql string }{
		{"filter", "SELECT id + 1 AS x FROM t WHERE n > 5 AND k LIKE 'a%'"},
		{"window", "SELECT window_start, k, COUNT(*) AS c FROM TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '10' SECOND) GROUP BY window_start, window_end, k"},
		{"joins", "WITH q AS (SELECT k, COUNT(*) AS c FROM t GROUP BY k) SELECT a.k, u.v FROM q AS a JOIN q AS b ON a.c = b.c JOIN u ON u.v = a.k " +
			"WHERE a.k IN (SELECT v FROM u WHERE id > 3)"},
	} {
		st, err := parser.ParseStatement(c.sql)
		if err != nil {
			b.Fatal(err)
		}
		q := st.(*ast.QueryStmt).Query
		p := planner.New(planner.Config{Catalog: s.store, Session: s.store.Default(), Connectors: connectors{}})
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, _, err := p.PlanQuery(q); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
