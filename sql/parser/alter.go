package parser

import (
	"millrace/sql/ast"
	"millrace/sql/parser/internal/dialect"
)

// alter reads ALTER of any object.
func (p *parser) alter() ast.Stmt {
	start := p.c.Next().Pos
	n := &ast.Alter{}
	switch {
	case p.c.AtAny("FUNCTION", "TEMPORARY"):
		return p.alterFunction(start)
	case p.c.Accept("TABLE"):
		n.Object = ast.TableObject
		n.IfExists = p.ifExists()
	case p.c.Accept("VIEW"):
		n.Object = ast.ViewObject
	case p.c.Accept("MATERIALIZED", "TABLE"):
		n.Object = ast.MaterializedTableObject
	case p.c.Accept("DATABASE"):
		n.Object = ast.DatabaseObject
	case p.c.Accept("CATALOG"):
		n.Object = ast.CatalogObject
	case p.c.Accept("MODEL"):
		n.Object = ast.ModelObject
		n.IfExists = p.ifExists()
	case p.c.Accept("CONNECTION"):
		n.Object = ast.ConnectionObject
		n.IfExists = p.ifExists()
	default:
		p.c.FailExpected("TABLE, VIEW, DATABASE, CATALOG, FUNCTION, MODEL, CONNECTION or MATERIALIZED TABLE")
		return nil
	}
	n.Path = dialect.Path(p.c)
	n.Action = p.action(n.Object)
	n.Span = p.span(start)
	return n
}

func (p *parser) alterFunction(start int) ast.Stmt {
	n := &ast.AlterFunction{Temporary: p.c.Accept("TEMPORARY")}
	n.System = n.Temporary && p.c.Accept("SYSTEM")
	p.c.Expect("FUNCTION")
	n.IfExists = p.ifExists()
	n.Path = dialect.Path(p.c)
	p.c.Expect("AS")
	n.Identifier = dialect.StringText(p.c, "a function identifier in quotes")
	n.Language = p.language()
	n.Span = p.span(start)
	return n
}

// allowed lists the actions of each kind of object.
func allowed(k ast.ObjectKind, action string) bool {
	switch k {
	case ast.TableObject:
		return action != "AS" && action != "COMMENT" && action != "SUSPEND" && action != "RESUME" && action != "REFRESH"
	case ast.MaterializedTableObject:
		return action != "RENAME" && action != "COMMENT"
	case ast.ViewObject:
		return action == "RENAME" || action == "AS"
	case ast.DatabaseObject:
		return action == "SET"
	case ast.CatalogObject:
		return action == "SET" || action == "RESET" || action == "COMMENT"
	}
	return action == "SET" || action == "RESET" || action == "RENAME"
}

// action reads what an ALTER does.
func (p *parser) action(k ast.ObjectKind) ast.AlterAction {
	t := p.c.Peek()
	at := ast.At(t.Pos)
	if !t.AnyOf("ADD", "MODIFY", "DROP", "RENAME", "SET", "RESET", "AS", "COMMENT", "SUSPEND", "RESUME", "REFRESH") || !allowed(k, t.Upper) {
		p.c.FailExpected("an action of ALTER " + k.String())
		return nil
	}
	p.c.Next()
	switch t.Upper {
	case "ADD":
		return p.alterAdd(at)
	case "MODIFY":
		if p.c.Accept("DISTRIBUTION") {
			return &ast.SetDistribution{At: at, Modify: true, Distribution: p.distributionTail(p.c.Pos())}
		}
		return &ast.ModifyColumns{At: at, Schema: p.alterSchema()}
	case "DROP":
		return p.alterDrop(at)
	case "RENAME":
		return p.alterRename(at, k)
	case "SET":
		return &ast.SetOptions{At: at, Options: p.options()}
	case "RESET":
		return p.alterReset(at)
	case "AS":
		return &ast.AlterQuery{At: at, Query: dialect.Query(p.c)}
	case "COMMENT":
		return &ast.SetComment{At: at, Comment: dialect.StringText(p.c, "a string literal")}
	case "SUSPEND":
		return &ast.Suspend{At: at}
	case "RESUME":
		return &ast.Resume{At: at, Options: p.with()}
	}
	n := &ast.Refresh{At: at}
	if p.c.At("PARTITION") {
		part := p.partition()
		n.Partition = &part
	}
	return n
}

// alterSchema reads one element or a list of elements with their places.
func (p *parser) alterSchema() *ast.Schema {
	s := &ast.Schema{At: ast.At(p.c.Pos())}
	if !p.c.Accept("(") {
		p.element(s, false, true)
		return s
	}
	for !p.c.Failed() {
		p.element(s, false, true)
		if !p.c.Accept(",") {
			break
		}
	}
	p.c.Expect(")")
	return s
}

func (p *parser) alterAdd(at ast.At) ast.AlterAction {
	ifNot := p.ifNotExists()
	if !ifNot && !p.c.At("PARTITION") {
		if p.c.Accept("DISTRIBUTION") {
			return &ast.SetDistribution{At: at, Distribution: p.distributionTail(p.c.Pos())}
		}
		return &ast.AddColumns{At: at, Schema: p.alterSchema()}
	}
	n := &ast.AddPartitions{At: at, IfNotExists: ifNot}
	for !p.c.Failed() {
		part := p.partition()
		part.Options = p.with()
		n.Partitions = append(n.Partitions, part)
		if !p.c.At("PARTITION") {
			break
		}
	}
	return n
}

func (p *parser) alterDrop(at ast.At) ast.AlterAction {
	switch {
	case p.c.Accept("PRIMARY", "KEY"):
		return &ast.DropPart{At: at, Part: "PRIMARY KEY"}
	case p.c.Accept("CONSTRAINT"):
		id, _ := dialect.Ident(p.c, "a constraint name (an identifier)")
		return &ast.DropPart{At: at, Part: "CONSTRAINT", Constraint: id}
	case p.c.Accept("WATERMARK"):
		return &ast.DropPart{At: at, Part: "WATERMARK"}
	case p.c.Accept("DISTRIBUTION"):
		return &ast.DropPart{At: at, Part: "DISTRIBUTION"}
	case p.c.At("(") && !p.c.Failed():
		return &ast.DropColumns{At: at, Columns: p.paths()}
	}
	ifExists := p.ifExists()
	if !ifExists && !p.c.At("PARTITION") {
		return &ast.DropColumns{At: at, Columns: []ast.Path{dialect.Path(p.c)}}
	}
	n := &ast.DropPartitions{At: at, IfExists: ifExists}
	for !p.c.Failed() {
		n.Partitions = append(n.Partitions, p.partition())
		if !p.c.Accept(",") {
			break
		}
	}
	return n
}

func (p *parser) alterRename(at ast.At, k ast.ObjectKind) ast.AlterAction {
	if k != ast.TableObject {
		p.c.Expect("TO")
		return &ast.RenameTo{At: at, To: dialect.Path(p.c)}
	}
	if p.c.Accept("TO") {
		return &ast.RenameTo{At: at, To: dialect.Path(p.c)}
	}
	n := &ast.RenameColumn{At: at, From: dialect.Path(p.c)}
	p.c.Expect("TO")
	n.To, _ = dialect.Ident(p.c, "a column name (an identifier)")
	return n
}

func (p *parser) alterReset(at ast.At) ast.AlterAction {
	n := &ast.ResetOptions{At: at}
	p.c.Expect("(")
	for !p.c.Failed() && !p.c.At(")") {
		n.Keys = append(n.Keys, dialect.StringText(p.c, "an option key in quotes"))
		if !p.c.Accept(",") {
			break
		}
	}
	p.c.Expect(")")
	return n
}
