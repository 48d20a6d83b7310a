package format

import "millrace/sql/ast"

func (p *printer) utility(s ast.Stmt) {
	switch n := s.(type) {
	case *ast.Show:
		p.show(n)
	case *ast.Describe:
		p.put("DESCRIBE ")
		p.word(n.Object != ast.TableObject, n.Object.String()+" ")
		p.word(n.Extended, "EXTENDED ")
		if n.Object == ast.JobObject {
			p.put(String(n.JobID))
		} else {
			p.path(n.Path)
		}
	case *ast.Use:
		p.put("USE ", [...]string{"", "CATALOG ", "MODULES "}[n.Kind])
		p.path(n.Path)
		p.list(len(n.Modules), func(i int) { p.put(Ident(n.Modules[i].Name)) })
	case *ast.LoadModule:
		p.put("LOAD MODULE ", Ident(n.Name.Name))
		p.with(n.Options)
	case *ast.UnloadModule:
		p.put("UNLOAD MODULE ", Ident(n.Name.Name))
	case *ast.AddJar:
		p.put("ADD JAR ", String(n.Path))
	case *ast.RemoveJar:
		p.put("REMOVE JAR ", String(n.Path))
	case *ast.Set:
		p.put("SET")
		if n.HasKey {
			p.put(" ", String(n.Key), " = ", String(n.Value))
		}
	case *ast.Reset:
		p.put("RESET")
		if n.HasKey {
			p.put(" ", String(n.Key))
		}
	case *ast.Analyze:
		p.put("ANALYZE TABLE ")
		p.path(n.Table)
		if n.Partition != nil {
			p.put(" ")
			p.partition(n.Partition)
		}
		p.put(" COMPUTE STATISTICS")
		p.word(n.AllColumns, " FOR ALL COLUMNS")
		if len(n.Columns) > 0 {
			p.put(" FOR COLUMNS ")
			p.list(len(n.Columns), func(i int) { p.put(Ident(n.Columns[i].Name)) })
		}
	case *ast.StopJob:
		p.put("STOP JOB ", String(n.JobID))
		p.word(n.WithSavepoint, " WITH SAVEPOINT")
		p.word(n.Drain, " WITH DRAIN")
	}
}

func (p *printer) show(n *ast.Show) {
	p.put("SHOW ")
	p.word(n.User, "USER ")
	p.word(n.Full, "FULL ")
	p.put(n.Kind.String())
	switch n.Kind {
	case ast.ShowCreate:
		p.word(n.OrAlter, " OR ALTER")
		p.put(" ", n.Object.String(), " ")
		p.path(n.Path)
	case ast.ShowColumns:
		p.put(" ", n.Preposition, " ")
		p.path(n.Path)
	case ast.ShowPartitions:
		p.put(" ")
		p.path(n.Path)
		if n.Partition != nil {
			p.put(" ")
			p.partition(n.Partition)
		}
	default:
		if n.Preposition != "" {
			p.put(" ", n.Preposition, " ")
			p.path(n.In)
		}
	}
	if n.Like != nil {
		p.word(n.Not, " NOT")
		p.put(map[bool]string{false: " LIKE ", true: " ILIKE "}[n.ILike], String(*n.Like))
	}
}
