// Package catalog holds what statements create: catalogs, databases, tables, views, functions, models, connections; and finds them by name.
//
// The main type is [Store], an in-memory store that is safe for use by many goroutines. A [Table] is immutable: changing one stores another. A
// temporary object hides the permanent one of the same name. Expressions of tables (computed columns, watermarks) and the queries of views are
// kept as trees with their text; the planner binds them when it needs their types.
//
// [Builder] turns the statements CREATE TABLE, CREATE TABLE ... LIKE and ALTER TABLE into tables, by Flink's merging rules and with Flink's
// checks. Checks that need types of expressions are the planner's.
//
// Names have case. [Name] is a full name; [Session] says what is current when a name has fewer parts.
package catalog
