// Package calc filters rows and computes columns: the operator of plan.Calc.
//
// The filter gives a selection; columns that pass through are retained, not copied. Where few rows are left the result is made dense, so that
// later operators do not work on rows that do not count.
package calc
