package planner

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"millrace/planner/bind"
	"millrace/planner/logical"
	"millrace/planner/physical"
	"millrace/planner/plan"
	"millrace/sql/ast"
	"millrace/sql/sqlerr"
	"millrace/sql/types"
)

// Explain describes how a query, an INSERT, a statement set or the query of CREATE TABLE ... AS is executed, in the sections of Flink's
// EXPLAIN and one more for state. Nothing is executed.
func (p *Planner) Explain(st ast.Stmt, details []ast.ExplainDetail) (string, error) {
	bound, name, err := p.bindForExplain(st)
	if err != nil {
		return "", err
	}
	g, err := p.compile(bound, name)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	b.WriteString("== Abstract Syntax Tree ==\n")
	for i, s := range bound {
		if i > 0 {
			b.WriteByte('\n')
		}
		if s.Spec.Connector == "collect" {
			writeLogical(&b, s.Input)
		} else {
			writeLogical(&b, s)
		}
	}
	e := explainer{g: g, modes: slices.Contains(details, ast.ChangelogMode), cost: slices.Contains(details, ast.EstimatedCost)}
	advice := slices.Contains(details, ast.PlanAdvice)
	if advice {
		b.WriteString("\n== Optimized Physical Plan With Advice ==\n")
	} else {
		b.WriteString("\n== Optimized Physical Plan ==\n")
	}
	e.tree(&b)
	if advice {
		p.advice(&b, g)
	}
	b.WriteString("\n== Optimized Execution Plan ==\n")
	x := explainer{g: g, reuse: true}
	x.tree(&b)
	writeState(&b, g)
	p.writeSources(&b, g)
	if slices.Contains(details, ast.JSONExecutionPlan) {
		if err := writeJSON(&b, g); err != nil {
			return "", err
		}
	}
	return b.String(), nil
}

// bindForExplain binds what a statement executes.
func (p *Planner) bindForExplain(st ast.Stmt) ([]*logical.Sink, string, error) {
	query := func(q *ast.Query) ([]*logical.Sink, string, error) {
		n, err := p.binder().Query(q)
		if err != nil {
			return nil, "", err
		}
		return []*logical.Sink{bind.Collect(n)}, "collect", nil
	}
	switch t := st.(type) {
	case *ast.QueryStmt:
		return query(t.Query)
	case *ast.Insert:
		return p.bindInserts([]*ast.Insert{t})
	case *ast.StatementSet:
		return p.bindInserts(t.Inserts)
	case *ast.Execute:
		return p.bindForExplain(t.Stmt)
	case *ast.CreateTable:
		if t.As != nil {
			return query(t.As)
		}
	case *ast.CreateMaterializedTable:
		return query(t.Query)
	}
	return nil, "", sqlerr.New(sqlerr.Unsupported, st.Pos(), "EXPLAIN is for queries, INSERT, statement sets and CREATE TABLE ... AS")
}

// explainer prints a graph as trees from the sinks down.
type explainer struct {
	g                  *plan.Graph
	modes, cost, reuse bool
	ids                map[int]int // reuse ids of nodes with several consumers
	seen               map[int]bool
}

func (e *explainer) tree(b *strings.Builder) {
	consumers := e.g.Consumers()
	e.ids, e.seen = map[int]int{}, map[int]bool{}
	first := true
	for _, n := range e.g.Nodes {
		s, ok := n.Spec.(*plan.Sink)
		if !ok {
			continue
		}
		if !first {
			b.WriteByte('\n')
		}
		first = false
		if s.Connector == "collect" {
			e.edge(b, n.Inputs[0], "", "", consumers)
			continue
		}
		e.node(b, n.ID, "", "", consumers)
	}
}

// edge prints an exchange, if there is one, and what is below.
func (e *explainer) edge(b *strings.Builder, in plan.Edge, first, rest string, consumers [][]int) {
	from := e.g.Nodes[in.From]
	if in.Ship != plan.Forward {
		d := "[" + string(in.Ship) + "]"
		switch in.Ship {
		case plan.Hash:
			d = "[hash[" + strings.Join(from.Schema.Project(in.Keys).Names(), ", ") + "]]"
		case plan.Global:
			d = "[single]"
		}
		line := "Exchange(distribution=" + d
		if e.modes {
			line += ", changelogMode=[" + string(from.Mode) + "]"
		}
		b.WriteString(first + line + ")\n")
		first, rest = rest+"+- ", rest+"   "
	}
	e.node(b, in.From, first, rest, consumers)
}

func (e *explainer) node(b *strings.Builder, id int, first, rest string, consumers [][]int) {
	n := e.g.Nodes[id]
	if e.reuse && len(consumers[id]) > 1 {
		if e.seen[id] {
			fmt.Fprintf(b, "%sReused(reference_id=[%d])\n", first, e.ids[id])
			return
		}
		e.seen[id] = true
		e.ids[id] = len(e.ids) + 1
	}
	line := n.Name
	if e.modes {
		line = strings.TrimSuffix(line, ")") + ", changelogMode=[" + string(n.Mode) + "])"
	}
	if e.reuse && e.ids[id] > 0 {
		line += fmt.Sprintf("(reuse_id=[%d])", e.ids[id])
	}
	if e.cost {
		line += ": rowcount = unknown, cumulative cost = unknown (there are no statistics)"
	}
	b.WriteString(first + line + "\n")
	for i, in := range n.Inputs {
		if i < len(n.Inputs)-1 {
			e.edge(b, in, rest+":- ", rest+":  ", consumers)
		} else {
			e.edge(b, in, rest+"+- ", rest+"   ", consumers)
		}
	}
}

// advice says what may make the plan cheaper.
func (p *Planner) advice(b *strings.Builder, g *plan.Graph) {
	n := 0
	for _, node := range g.Nodes {
		st, ok := physical.StateOf(node, inputs(g, node))
		if !ok || st.TTL != "none" || st.Growth == "constant" || p.batch() {
			continue
		}
		switch node.Spec.(type) {
		case *plan.GroupAggregate, *plan.Join, *plan.Rank, *plan.Deduplicate:
			if w, isRank := node.Spec.(*plan.Rank); isRank && w.Window {
				continue
			}
			n++
			fmt.Fprintf(b, "\nadvice[%d]: [ADVICE] The state of %s grows with the %s and is kept for ever; you might want to set 'table.exec.state.ttl'.", n,
				node.Name, st.Growth)
		}
	}
	if n == 0 {
		b.WriteString("\nNo available advice...")
	}
	b.WriteByte('\n')
}

func inputs(g *plan.Graph, n *plan.Node) []types.Schema {
	var in []types.Schema
	for _, e := range n.Inputs {
		in = append(in, g.Nodes[e.From].Schema)
	}
	return in
}

// writeState lists the operators that keep state.
func writeState(b *strings.Builder, g *plan.Graph) {
	b.WriteString("\n== State ==\n")
	rows := [][]string{{"id", "operator", "key", "grows with", "retention"}}
	for _, n := range g.Nodes {
		if st, ok := physical.StateOf(n, inputs(g, n)); ok {
			rows = append(rows, []string{n.UID, st.Operator, st.Key, st.Growth, st.TTL})
		}
	}
	if len(rows) == 1 {
		b.WriteString("none\n")
		return
	}
	width := make([]int, len(rows[0]))
	for _, r := range rows {
		for i, c := range r {
			width[i] = max(width[i], len([]rune(c)))
		}
	}
	for _, r := range rows {
		line := ""
		var lineSb225 strings.Builder
		for i, c := range r {
			lineSb225.WriteString(c + strings.Repeat(" ", width[i]-len([]rune(c))+2))
		}
		line += lineSb225.String()
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
}

// writeJSON appends the nodes as Flink's plan visualiser reads them.
func writeJSON(b *strings.Builder, g *plan.Graph) error {
	type predecessor struct {
		ID       int    `json:"id"`
		Ship     string `json:"ship_strategy"`
		Side     string `json:"side"`
		Exchange string `json:"exchange,omitempty"`
	}
	type node struct {
		ID           int           `json:"id"`
		Type         string        `json:"type"`
		Pact         string        `json:"pact"`
		Contents     string        `json:"contents"`
		Parallelism  int           `json:"parallelism,omitempty"`
		Predecessors []predecessor `json:"predecessors,omitempty"`
	}
	out := struct {
		Nodes []node `json:"nodes"`
	}{}
	for _, n := range g.Nodes {
		x := node{ID: n.ID, Type: n.Spec.Kind(), Pact: "Operator", Contents: n.Name, Parallelism: n.Parallelism}
		switch n.Spec.(type) {
		case *plan.Source:
			x.Pact = "Data Source"
		case *plan.Sink:
			x.Pact = "Data Sink"
		}
		for _, e := range n.Inputs {
			x.Predecessors = append(x.Predecessors, predecessor{ID: e.From, Ship: strings.ToUpper(string(e.Ship)), Side: "second"})
		}
		out.Nodes = append(out.Nodes, x)
	}
	j, err := json.MarshalIndent(out, "", "  ")
	if err != nil {
		return fmt.Errorf("execution plan: %w", err)
	}
	b.WriteString("\n== Physical Execution Plan ==\n" + string(j) + "\n")
	return nil
}
