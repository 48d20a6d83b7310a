package ast

// ObjectKind is the kind of catalog object a statement is about.
type ObjectKind uint8

// The kinds of objects.
const (
	TableObject ObjectKind = iota
	ViewObject
	MaterializedTableObject
	DatabaseObject
	CatalogObject
	FunctionObject
	ModelObject
	ConnectionObject
	JobObject
)

// String returns the keyword(s).
func (k ObjectKind) String() string {
	return [...]string{"TABLE", "VIEW", "MATERIALIZED TABLE", "DATABASE", "CATALOG", "FUNCTION", "MODEL", "CONNECTION", "JOB"}[k]
}

// ColumnKind tells the kinds of table columns apart.
type ColumnKind uint8

// The kinds of columns.
const (
	PhysicalColumn ColumnKind = iota
	MetadataColumn
	ComputedColumn
	NameOnlyColumn // only a name: CREATE TABLE t (a, b) AS query
)

// Column is a column definition.
type Column struct {
	At
	Name Ident
	Kind ColumnKind
	// Type is nil for computed and name-only columns.
	Type *TypeName
	// Expr is the expression of a computed column.
	Expr Expr
	// MetadataKey is the key after METADATA FROM; optional.
	MetadataKey *string
	// Virtual is true for METADATA … VIRTUAL.
	Virtual bool
	// Key is a PRIMARY KEY or UNIQUE written with the column; its Columns are
	// empty; optional.
	Key     *Key
	Comment *string // optional
	// First and After place the column in ALTER TABLE; optional.
	First bool
	After *Path
}

// Key is a PRIMARY KEY or UNIQUE constraint.
type Key struct {
	At
	// Name is the constraint's name; optional.
	Name *Ident
	// Unique tells UNIQUE from PRIMARY KEY.
	Unique  bool
	Columns []Ident
	// Enforced is nil if neither ENFORCED nor NOT ENFORCED is written.
	Enforced *bool
}

// Watermark is WATERMARK FOR column AS expression.
type Watermark struct {
	At
	// Column may be a path into a nested column (which is rejected later).
	Column Path
	Expr   Expr
}

// Schema is the list in parentheses of CREATE TABLE and ALTER TABLE ADD.
type Schema struct {
	At
	Columns    []*Column
	Watermarks []*Watermark // at most one after the parser's checks
	Keys       []*Key       // keys that are not written with a column
}

// DistributionKind is the method of DISTRIBUTED BY.
type DistributionKind uint8

// The methods.
const (
	UnspecifiedDistribution DistributionKind = iota
	HashDistribution
	RangeDistribution
)

// Distribution is DISTRIBUTED BY HASH(a) INTO n BUCKETS.
type Distribution struct {
	At
	Kind    DistributionKind
	Columns []Ident
	// Buckets is the number as written; empty if not written.
	Buckets string
}

// LikeFeature is what a LIKE option is about.
type LikeFeature uint8

// The features of LIKE.
const (
	LikeAll LikeFeature = iota
	LikeConstraints
	LikeDistribution
	LikeGenerated
	LikeMetadata
	LikeOptions
	LikePartitions
	LikeWatermarks
)

// String returns the keyword.
func (f LikeFeature) String() string {
	return [...]string{"ALL", "CONSTRAINTS", "DISTRIBUTION", "GENERATED", "METADATA", "OPTIONS", "PARTITIONS", "WATERMARKS"}[f]
}

// MergeStrategy is what a LIKE option does with its feature.
type MergeStrategy uint8

// The strategies.
const (
	Including MergeStrategy = iota
	Excluding
	Overwriting
)

// String returns the keyword.
func (s MergeStrategy) String() string {
	return [...]string{"INCLUDING", "EXCLUDING", "OVERWRITING"}[s]
}

// LikeOption is one option of LIKE.
type LikeOption struct {
	At
	Strategy MergeStrategy
	Feature  LikeFeature
}

// LikeClause is LIKE source (options).
type LikeClause struct {
	At
	Source  Path
	Options []LikeOption
}

// PartitionValue is one key of a PARTITION clause.
type PartitionValue struct {
	Name Ident
	// Value is a literal; nil if only the name is written.
	Value Expr
}

// Partition is PARTITION (k = v, …).
type Partition struct {
	At
	Values []PartitionValue
	// Options is the WITH clause after ALTER TABLE … ADD PARTITION.
	Options []Option
}

// CreateTable is CREATE TABLE, CREATE TABLE … AS, REPLACE TABLE … AS.
type CreateTable struct {
	Span
	Temporary, IfNotExists bool
	// Replace is true for [CREATE OR] REPLACE; OrReplace if CREATE OR stands
	// before it.
	Replace, OrReplace bool
	Path               Path
	// Schema is nil without a list in parentheses.
	Schema        *Schema
	Comment       *string
	Distribution  *Distribution
	PartitionedBy []Ident
	Options       []Option
	Like          *LikeClause // optional
	As            *Query      // optional
}

// CreateView is CREATE VIEW.
type CreateView struct {
	Span
	Temporary, IfNotExists bool
	Path                   Path
	Columns                []Ident // optional
	Comment                *string
	// Query knows its text range.
	Query *Query
}

// CreateMaterializedTable is CREATE [OR ALTER] MATERIALIZED TABLE.
type CreateMaterializedTable struct {
	Span
	OrAlter, IfNotExists bool
	Path                 Path
	Schema               *Schema
	Comment              *string
	Distribution         *Distribution
	PartitionedBy        []Ident
	Options              []Option
	StartMode            *StartMode // optional
	Freshness            Expr       // interval literal, optional
	// RefreshMode is CONTINUOUS, FULL or empty.
	RefreshMode string
	Query       *Query
}

// StartMode is START_MODE = … of a materialized table.
type StartMode struct {
	At
	// Mode is FROM_BEGINNING, FROM_NOW, …
	Mode string
	// Arg is the interval or timestamp in parentheses; optional.
	Arg Expr
}

// CreateDatabase is CREATE DATABASE.
type CreateDatabase struct {
	Span
	IfNotExists bool
	Path        Path
	Comment     *string
	Options     []Option
}

// CreateCatalog is CREATE CATALOG.
type CreateCatalog struct {
	Span
	IfNotExists bool
	Name        Ident
	Comment     *string
	Options     []Option
}

// Resource is a file of a function: JAR 'uri'.
type Resource struct {
	// Kind is JAR, FILE, ARCHIVE or ARTIFACT.
	Kind string
	URI  string
}

// CreateFunction is CREATE FUNCTION.
type CreateFunction struct {
	Span
	// OrReplace is true for CREATE OR REPLACE FUNCTION.
	OrReplace                      bool
	Temporary, System, IfNotExists bool
	Path                           Path
	// Identifier is the string after AS.
	Identifier string
	// Language is JAVA, SCALA, PYTHON or empty.
	Language  string
	Resources []Resource
	Options   []Option
}

// AlterFunction is ALTER FUNCTION.
type AlterFunction struct {
	Span
	Temporary, System, IfExists bool
	Path                        Path
	Identifier                  string
	Language                    string
}

// CreateModel is CREATE MODEL.
type CreateModel struct {
	Span
	Temporary, IfNotExists bool
	Path                   Path
	Input, Output          []*Column
	Comment                *string
	Options                []Option
	As                     *Query // optional
}

// CreateConnection is CREATE CONNECTION.
type CreateConnection struct {
	Span
	Temporary, System, IfNotExists bool
	Path                           Path
	Comment                        *string
	Options                        []Option
}

// Drop is DROP of any object.
type Drop struct {
	Span
	Object                      ObjectKind
	Temporary, System, IfExists bool
	Path                        Path
	// Cascade and Restrict are the words after DROP DATABASE.
	Cascade, Restrict bool
}

// Alter is ALTER of any object but a function.
type Alter struct {
	Span
	Object   ObjectKind
	IfExists bool
	Path     Path
	Action   AlterAction
}

// AlterAction is what an Alter does.
type AlterAction interface {
	Node
	alterNode()
}

// AddColumns is ADD of columns, a watermark or a key.
type AddColumns struct {
	At
	Schema *Schema
}

// ModifyColumns is MODIFY of columns, the watermark or the key.
type ModifyColumns struct {
	At
	Schema *Schema
}

// DropColumns is DROP of columns.
type DropColumns struct {
	At
	Columns []Path
}

// DropPart is DROP PRIMARY KEY, CONSTRAINT n, WATERMARK or DISTRIBUTION.
type DropPart struct {
	At
	// Part is PRIMARY KEY, CONSTRAINT, WATERMARK or DISTRIBUTION.
	Part string
	// Constraint is set for CONSTRAINT.
	Constraint Ident
}

// AddPartitions is ADD PARTITION.
type AddPartitions struct {
	At
	IfNotExists bool
	Partitions  []Partition
}

// DropPartitions is DROP PARTITION.
type DropPartitions struct {
	At
	IfExists   bool
	Partitions []Partition
}

// SetDistribution is ADD or MODIFY of the distribution.
type SetDistribution struct {
	At
	// Modify tells MODIFY from ADD.
	Modify       bool
	Distribution *Distribution
}

// RenameColumn is RENAME old TO new.
type RenameColumn struct {
	At
	From Path
	To   Ident
}

// RenameTo is RENAME TO path.
type RenameTo struct {
	At
	To Path
}

// SetOptions is SET (k = v, …).
type SetOptions struct {
	At
	Options []Option
}

// ResetOptions is RESET (k, …).
type ResetOptions struct {
	At
	Keys []string
}

// SetComment is COMMENT 'text' of ALTER CATALOG.
type SetComment struct {
	At
	Comment string
}

// AlterQuery is AS query of ALTER VIEW and ALTER MATERIALIZED TABLE.
type AlterQuery struct {
	At
	Query *Query
}

// Suspend is SUSPEND of a materialized table.
type Suspend struct{ At }

// Resume is RESUME [WITH (…)] of a materialized table.
type Resume struct {
	At
	Options []Option
}

// Refresh is REFRESH [PARTITION (…)] of a materialized table.
type Refresh struct {
	At
	Partition *Partition // optional
}

func (*AddColumns) alterNode()      {}
func (*ModifyColumns) alterNode()   {}
func (*DropColumns) alterNode()     {}
func (*DropPart) alterNode()        {}
func (*AddPartitions) alterNode()   {}
func (*DropPartitions) alterNode()  {}
func (*SetDistribution) alterNode() {}
func (*RenameColumn) alterNode()    {}
func (*RenameTo) alterNode()        {}
func (*SetOptions) alterNode()      {}
func (*ResetOptions) alterNode()    {}
func (*SetComment) alterNode()      {}
func (*AlterQuery) alterNode()      {}
func (*Suspend) alterNode()         {}
func (*Resume) alterNode()          {}
func (*Refresh) alterNode()         {}

func (*CreateTable) stmtNode()             {}
func (*CreateView) stmtNode()              {}
func (*CreateMaterializedTable) stmtNode() {}
func (*CreateDatabase) stmtNode()          {}
func (*CreateCatalog) stmtNode()           {}
func (*CreateFunction) stmtNode()          {}
func (*AlterFunction) stmtNode()           {}
func (*CreateModel) stmtNode()             {}
func (*CreateConnection) stmtNode()        {}
func (*Drop) stmtNode()                    {}
func (*Alter) stmtNode()                   {}
