package catalog

import (
	"maps"
	"slices"

	"millrace/sql/sqlerr"
)

// Table returns a table or view, the temporary one first, or nil.
func (s *Store) Table(n Name) *Table {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if t := s.mu.temporary[n]; t != nil {
		return t
	}
	return s.permanent(n)
}

// PermanentTable returns a table or view that is not temporary, or nil.
func (s *Store) PermanentTable(n Name) *Table {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.permanent(n)
}

func (s *Store) permanent(n Name) *Table {
	c := s.mu.catalogs[n.Catalog]
	if c == nil || c.databases[n.Database] == nil {
		return nil
	}
	return c.databases[n.Database].tables[n.Object]
}

// Lookup is Table with an error that says which part of the name is wrong.
func (s *Store) Lookup(pos int, n Name) (*Table, error) {
	if t := s.Table(n); t != nil {
		return t, nil
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	if _, err := s.database(pos, n.Catalog, n.Database); err != nil {
		return nil, sqlerr.New(sqlerr.UnknownName, pos, "object %s not found: %s", n, err.Error())
	}
	e := sqlerr.New(sqlerr.UnknownName, pos, "object '%s' not found within '%s.%s'", n.Object, n.Catalog, n.Database)
	if hint := sqlerr.DidYouMean(n.Object, s.names(n.Catalog, n.Database, nil)); hint != "" {
		return nil, e.WithHint("%s", hint)
	}
	return nil, e
}

func (s *Store) names(catalog, database string, keep func(*Table) bool) []string {
	var out []string
	add := func(name string, t *Table) {
		if (keep == nil || keep(t)) && !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	for n, t := range s.mu.temporary {
		if n.Catalog == catalog && n.Database == database {
			add(n.Object, t)
		}
	}
	if c := s.mu.catalogs[catalog]; c != nil && c.databases[database] != nil {
		for n, t := range c.databases[database].tables {
			if s.mu.temporary[Name{catalog, database, n}] == nil {
				add(n, t)
			}
		}
	}
	slices.Sort(out)
	return out
}

// Tables lists tables and views of a database in order, temporary ones included. keep, if not nil, selects.
func (s *Store) Tables(pos int, catalog, database string, keep func(*Table) bool) ([]string, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if _, err := s.database(pos, catalog, database); err != nil {
		return nil, err
	}
	return s.names(catalog, database, keep), nil
}

// TemporaryTables lists the names of all temporary tables and views in order.
func (s *Store) TemporaryTables() []Name {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return slices.SortedFunc(maps.Keys(s.mu.temporary), func(a, b Name) int {
		if a.String() < b.String() {
			return -1
		}
		return 1
	})
}

// CreateTable stores a table or view. With ifNotExists an existing one is left alone and created is false.
func (s *Store) CreateTable(pos int, n Name, t *Table, temporary, ifNotExists bool) (created bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := *t
	c.Temporary = temporary
	if temporary {
		if s.mu.temporary[n] != nil {
			if ifNotExists {
				return false, nil
			}
			return false, sqlerr.New(sqlerr.Exists, pos, "temporary table '%s' already exists", n.Quoted())
		}
		s.mu.temporary[n] = &c
		return true, nil
	}
	d, err := s.database(pos, n.Catalog, n.Database)
	if err != nil {
		return false, err
	}
	if d.tables[n.Object] != nil {
		if ifNotExists {
			return false, nil
		}
		return false, sqlerr.New(sqlerr.Exists, pos, "table (or view) %s.%s already exists in catalog %s", n.Database, n.Object, n.Catalog)
	}
	d.tables[n.Object] = &c
	return true, nil
}

// Replace stores another table under the name of an existing one.
func (s *Store) Replace(pos int, n Name, t *Table) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := *t
	if old := s.mu.temporary[n]; old != nil {
		c.Temporary = true
		s.mu.temporary[n] = &c
		return nil
	}
	d, err := s.database(pos, n.Catalog, n.Database)
	if err != nil {
		return err
	}
	d.tables[n.Object] = &c
	return nil
}

// DropTable removes a table (view false) or a view (view true).
func (s *Store) DropTable(pos int, n Name, view, temporary, ifExists bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	what := map[bool]string{false: "table", true: "view"}[view]
	if temporary {
		t := s.mu.temporary[n]
		if t == nil || t.IsView() != view {
			if ifExists {
				return nil
			}
			return sqlerr.New(sqlerr.UnknownName, pos, "temporary %s with identifier '%s' does not exist", what, n)
		}
		delete(s.mu.temporary, n)
		return nil
	}
	if t := s.mu.temporary[n]; t != nil && t.IsView() == view {
		return sqlerr.New(sqlerr.Validation, pos, "temporary %s with identifier '%s' exists", what, n.Quoted()).WithHint(
			"drop it first before removing the permanent %s", what)
	}
	t := s.permanent(n)
	if t == nil || t.IsView() != view {
		if ifExists {
			return nil
		}
		return sqlerr.New(sqlerr.UnknownName, pos, "%s with identifier '%s' does not exist", what, n)
	}
	delete(s.mu.catalogs[n.Catalog].databases[n.Database].tables, n.Object)
	return nil
}

// RenameTable renames a permanent table or view within its database.
func (s *Store) RenameTable(pos int, from, to Name) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.permanent(from)
	if t == nil {
		return sqlerr.New(sqlerr.UnknownName, pos, "table %s does not exist or is a temporary table", from.Quoted())
	}
	if from.Catalog != to.Catalog || from.Database != to.Database {
		return sqlerr.New(sqlerr.Validation, pos, "a table can only be renamed within its database")
	}
	d := s.mu.catalogs[from.Catalog].databases[from.Database]
	if d.tables[to.Object] != nil {
		return sqlerr.New(sqlerr.Exists, pos, "table (or view) %s.%s already exists in catalog %s", to.Database, to.Object, to.Catalog)
	}
	delete(d.tables, from.Object)
	d.tables[to.Object] = t
	return nil
}

// Function finds a function by full name; system functions have only an object.
func (s *Store) Function(n Name) *Function {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if f := s.mu.functions[n]; f != nil {
		return f
	}
	if c := s.mu.catalogs[n.Catalog]; c != nil && c.databases[n.Database] != nil {
		return c.databases[n.Database].functions[n.Object]
	}
	return nil
}

// PutFunction creates or, with replace, changes a function.
func (s *Store) PutFunction(pos int, n Name, f *Function, ifNotExists, replace bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	target := map[string]*Function(nil)
	var old *Function
	if f.Temporary {
		old = s.mu.functions[n]
	} else {
		d, err := s.database(pos, n.Catalog, n.Database)
		if err != nil {
			return err
		}
		target = d.functions
		old = target[n.Object]
	}
	switch {
	case replace && old == nil:
		return sqlerr.New(sqlerr.UnknownName, pos, "function %s.%s does not exist in catalog %s", n.Database, n.Object, n.Catalog)
	case !replace && old != nil && ifNotExists:
		return nil
	case !replace && old != nil:
		return sqlerr.New(sqlerr.Exists, pos, "function %s.%s already exists in catalog %s", n.Database, n.Object, n.Catalog)
	}
	if target != nil {
		target[n.Object] = f
	} else {
		s.mu.functions[n] = f
	}
	return nil
}

// DropFunction removes a function.
func (s *Store) DropFunction(pos int, n Name, temporary, ifExists bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if temporary {
		if s.mu.functions[n] != nil || ifExists {
			delete(s.mu.functions, n)
			return nil
		}
		return sqlerr.New(sqlerr.UnknownName, pos, "temporary function %s does not exist", n.Object)
	}
	d, err := s.database(pos, n.Catalog, n.Database)
	if err != nil {
		return err
	}
	if d.functions[n.Object] == nil && !ifExists {
		return sqlerr.New(sqlerr.UnknownName, pos, "function %s.%s does not exist in catalog %s", n.Database, n.Object, n.Catalog)
	}
	delete(d.functions, n.Object)
	return nil
}

// Functions lists the functions that statements created in a database, temporary and system ones included.
func (s *Store) Functions(catalog, database string) []string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var out []string
	for n := range s.mu.functions {
		if n.Catalog == "" || n.Catalog == catalog && n.Database == database {
			out = append(out, n.Object)
		}
	}
	if c := s.mu.catalogs[catalog]; c != nil && c.databases[database] != nil {
		out = append(out, sortedKeys(c.databases[database].functions)...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Model finds a model, the temporary one first, or nil.
func (s *Store) Model(n Name) *Model {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if m := s.mu.models[n]; m != nil {
		return m
	}
	if c := s.mu.catalogs[n.Catalog]; c != nil && c.databases[n.Database] != nil {
		return c.databases[n.Database].models[n.Object]
	}
	return nil
}

// CreateModel stores a model.
func (s *Store) CreateModel(pos int, n Name, m *Model, ifNotExists bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if m.Temporary {
		if s.mu.models[n] != nil {
			if ifNotExists {
				return nil
			}
			return sqlerr.New(sqlerr.Exists, pos, "temporary model '%s' already exists", n.Quoted())
		}
		s.mu.models[n] = m
		return nil
	}
	d, err := s.database(pos, n.Catalog, n.Database)
	if err != nil {
		return err
	}
	if d.models[n.Object] != nil {
		if ifNotExists {
			return nil
		}
		return sqlerr.New(sqlerr.Exists, pos, "model %s.%s already exists in catalog %s", n.Database, n.Object, n.Catalog)
	}
	d.models[n.Object] = m
	return nil
}

// ReplaceModel changes a permanent model.
func (s *Store) ReplaceModel(pos int, n Name, m *Model) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	d, err := s.database(pos, n.Catalog, n.Database)
	if err != nil {
		return err
	}
	if d.models[n.Object] == nil {
		return unknown(pos, "model", n.String(), nil)
	}
	d.models[n.Object] = m
	return nil
}

// RenameModel renames a permanent model within its database.
func (s *Store) RenameModel(pos int, from, to Name) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	d, err := s.database(pos, from.Catalog, from.Database)
	if err != nil {
		return err
	}
	m := d.models[from.Object]
	switch {
	case m == nil:
		return unknown(pos, "model", from.String(), nil)
	case from.Catalog != to.Catalog || from.Database != to.Database:
		return sqlerr.New(sqlerr.Validation, pos, "a model can only be renamed within its database")
	case d.models[to.Object] != nil:
		return sqlerr.New(sqlerr.Exists, pos, "model %s.%s already exists in catalog %s", to.Database, to.Object, to.Catalog)
	}
	delete(d.models, from.Object)
	d.models[to.Object] = m
	return nil
}

// DropModel removes a model.
func (s *Store) DropModel(pos int, n Name, temporary, ifExists bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if temporary {
		if s.mu.models[n] == nil && !ifExists {
			return sqlerr.New(sqlerr.UnknownName, pos, "temporary model with identifier '%s' does not exist", n)
		}
		delete(s.mu.models, n)
		return nil
	}
	c := s.mu.catalogs[n.Catalog]
	if c == nil || c.databases[n.Database] == nil || c.databases[n.Database].models[n.Object] == nil {
		if ifExists {
			return nil
		}
		return sqlerr.New(sqlerr.UnknownName, pos, "model with identifier '%s' does not exist", n)
	}
	delete(c.databases[n.Database].models, n.Object)
	return nil
}

// Models lists the models of a database in order.
func (s *Store) Models(pos int, catalog, database string) ([]string, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	d, err := s.database(pos, catalog, database)
	if err != nil {
		return nil, err
	}
	out := sortedKeys(d.models)
	for n := range s.mu.models {
		if n.Catalog == catalog && n.Database == database {
			out = append(out, n.Object)
		}
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}
