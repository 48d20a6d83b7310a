package parser

import (
	"millrace/sql/ast"
	"millrace/sql/parser/internal/dialect"
)

// show reads SHOW in all its forms.
func (p *parser) show() ast.Stmt {
	n := &ast.Show{}
	start := p.c.Next().Pos
	switch {
	case p.c.Accept("CATALOGS"):
		n.Kind = ast.ShowCatalogs
		p.showLike(n, true)
	case p.c.Accept("CURRENT", "CATALOG"):
		n.Kind = ast.ShowCurrentCatalog
	case p.c.Accept("CURRENT", "DATABASE"):
		n.Kind = ast.ShowCurrentDatabase
	case p.c.Accept("JARS"):
		n.Kind = ast.ShowJars
	case p.c.Accept("JOBS"):
		n.Kind = ast.ShowJobs
	case p.c.Accept("FULL", "MODULES"):
		n.Kind, n.Full = ast.ShowModules, true
	case p.c.Accept("MODULES"):
		n.Kind = ast.ShowModules
	case p.c.Accept("CREATE"):
		n.Kind = ast.ShowCreate
		p.showCreate(n)
	case p.c.Accept("COLUMNS"):
		n.Kind = ast.ShowColumns
		n.Preposition = p.preposition()
		if n.Preposition == "" {
			p.c.FailExpected("FROM or IN")
		}
		n.Path = dialect.Path(p.c)
		p.showLike(n, false)
	case p.c.Accept("PARTITIONS"):
		n.Kind = ast.ShowPartitions
		n.Path = dialect.Path(p.c)
		if p.c.At("PARTITION") {
			part := p.partition()
			n.Partition = &part
		}
	default:
		p.showList(n)
	}
	n.Span = p.span(start)
	return n
}

// showList reads the forms with [FROM|IN path] [[NOT] LIKE 'p'].
func (p *parser) showList(n *ast.Show) {
	ilike := true
	switch {
	case p.c.Accept("DATABASES"):
		n.Kind = ast.ShowDatabases
	case p.c.Accept("TABLES"):
		n.Kind, ilike = ast.ShowTables, false
	case p.c.Accept("VIEWS"):
		n.Kind, ilike = ast.ShowViews, false
	case p.c.Accept("MATERIALIZED", "TABLES"):
		n.Kind, ilike = ast.ShowMaterializedTables, false
	case p.c.Accept("FUNCTIONS"):
		n.Kind = ast.ShowFunctions
	case p.c.Accept("USER", "FUNCTIONS"):
		n.Kind, n.User = ast.ShowFunctions, true
	case p.c.Accept("PROCEDURES"):
		n.Kind = ast.ShowProcedures
	case p.c.Accept("MODELS"):
		n.Kind = ast.ShowModels
	case p.c.Accept("CONNECTIONS"):
		n.Kind = ast.ShowConnections
	default:
		p.c.FailExpected("what to show")
		return
	}
	if n.Preposition = p.preposition(); n.Preposition != "" {
		n.In = dialect.Path(p.c)
	}
	p.showLike(n, ilike)
}

func (p *parser) preposition() string {
	if p.c.AtAny("FROM", "IN") {
		return p.c.Next().Upper
	}
	return ""
}

// showLike reads [NOT] LIKE|ILIKE 'pattern'.
func (p *parser) showLike(n *ast.Show, ilike bool) {
	if p.c.At("NOT") {
		p.c.Next()
		n.Not = true
	}
	switch {
	case p.c.Accept("LIKE"):
	case ilike && p.c.Accept("ILIKE"):
		n.ILike = true
	default:
		if n.Not {
			p.c.FailExpected("LIKE")
		}
		return
	}
	s := dialect.StringText(p.c, "a pattern in quotes")
	n.Like = &s
}

func (p *parser) showCreate(n *ast.Show) {
	switch {
	case p.c.Accept("TABLE"):
		n.Object = ast.TableObject
	case p.c.Accept("VIEW"):
		n.Object = ast.ViewObject
	case p.c.Accept("CATALOG"):
		n.Object = ast.CatalogObject
	case p.c.Accept("MODEL"):
		n.Object = ast.ModelObject
	case p.c.Accept("CONNECTION"):
		n.Object = ast.ConnectionObject
	case p.c.Accept("MATERIALIZED", "TABLE"):
		n.Object = ast.MaterializedTableObject
	case p.c.Accept("OR", "ALTER", "MATERIALIZED", "TABLE"):
		n.Object, n.OrAlter = ast.MaterializedTableObject, true
	default:
		p.c.FailExpected("TABLE, VIEW, CATALOG, MODEL, CONNECTION or MATERIALIZED TABLE")
	}
	n.Path = dialect.Path(p.c)
}
