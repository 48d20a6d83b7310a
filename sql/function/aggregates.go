package function

import "millrace/sql/types"

// aggregateFunctions are the functions of the chapters: aggregate, bitmap aggregate, window, grouping, group window, match recognize, table.
//
//nolint:funlen // a table
func aggregateFunctions() []Function {
	return []Function{
		{
			Name: "COUNT", Class: Aggregate, Category: "aggregate", sig: takesMany(0, always(types.BigIntType()), anyType), Usage: "COUNT(*) | COUNT([ALL] e) | COUNT(DISTINCT e1 [, e2]*)",
			Doc: "Rows with non-null e, or distinct combinations. BIGINT NOT NULL, 0 for none.",
		},
		{
			Name: "SUM", Class: Aggregate, Category: "aggregate", sig: summed(), Usage: "SUM([ALL|DISTINCT] e)",
			Doc: "Sum of non-null values in the ARGUMENT type (INT sums stay INT and can overflow silently); DECIMAL(p,s) gives DECIMAL(38,s). Null for no values.",
		},
		{
			Name: "AVG", Class: Aggregate, Category: "aggregate", sig: averaged(), Usage: "AVG([ALL|DISTINCT] e)",
			Doc: "Mean of non-null values. Result has the ARGUMENT type for integers (so it truncates) and floats; DECIMAL(p,s) gives DECIMAL(38, max(6,s)).",
		},
		{
			Name: "MIN", Class: Aggregate, Category: "aggregate", sig: aggregated(takes(plain, ordered)), Usage: "MIN([ALL|DISTINCT] e)",
			Doc: "Smallest non-null; null for none. Retracting input needs all values in state.",
		},
		{
			Name: "MAX", Class: Aggregate, Category: "aggregate", sig: aggregated(takes(plain, ordered)), Usage: "MAX([ALL|DISTINCT] e)",
			Doc: "Largest non-null; null for none. Retracting input needs all values in state.",
		},
		{
			Name: "STDDEV_POP", Class: Aggregate, Category: "aggregate", sig: averaged(), Usage: "STDDEV_POP([ALL|DISTINCT] e)",
			Doc: "Population standard deviation in the argument type (integers truncate). Null for none.",
		},
		{
			Name: "VAR_POP", Class: Aggregate, Category: "aggregate", sig: averaged(), Usage: "VAR_POP([ALL|DISTINCT] e)",
			Doc: "Population variance in the argument type (INT input gives a truncated INT). Null for none.",
		},
		{
			Name: "STDDEV_SAMP", Aliases: []string{"STDDEV"}, Class: Aggregate, Category: "aggregate", sig: sampled(), Usage: "STDDEV_SAMP([ALL|DISTINCT] e)",
			Doc: "Sample standard deviation in the argument type; null for fewer than two rows.",
		},
		{
			Name: "VAR_SAMP", Aliases: []string{"VARIANCE"}, Class: Aggregate, Category: "aggregate", sig: sampled(), Usage: "VAR_SAMP([ALL|DISTINCT] e)",
			Doc: "Sample variance in the argument type; null for fewer than two rows.",
		},
		{
			Name: "COLLECT", Class: Aggregate, Category: "aggregate", sig: takes(func(args []Arg) types.Type { return types.MultisetType(args[0].Type).AsNotNull() }, typed), Usage: "COLLECT([ALL|DISTINCT] e)",
			Doc: "MULTISET of non-null values, empty for none; travels as JSON only with text elements.",
		},
		{
			Name: "FIRST_VALUE", Class: Aggregate, Category: "aggregate", sig: aggregated(takes(plain, typed)), Usage: "FIRST_VALUE(e)",
			Doc: "First NON-NULL value in arrival order (nulls are skipped).",
		},
		{
			Name: "LAST_VALUE", Class: Aggregate, Category: "aggregate", sig: aggregated(takes(plain, typed)), Usage: "LAST_VALUE(e)",
			Doc: "Last NON-NULL value in arrival order (nulls are skipped).",
		},
		{
			Name: "LISTAGG", Class: Aggregate, Category: "aggregate", sig: listed(), Usage: "LISTAGG(e [, sep])",
			Doc: "Join non-null strings with sep, default comma; separator must be a literal; no WITHIN GROUP ordering; null if none.",
		},
		{
			Name: "ARRAY_AGG", Class: Aggregate, Category: "aggregate", sig: takes(func(args []Arg) types.Type { return types.ArrayType(plain(args)) }, typed), Usage: "ARRAY_AGG([ALL|DISTINCT] e [RESPECT NULLS|IGNORE NULLS])",
			Doc: "ARRAY of values; nulls kept by default; null when no input rows; ORDER BY inside is accepted and ignored.",
		},
		{
			Name: "JSON_OBJECTAGG", Class: Aggregate, Category: "aggregate", sig: takes(always(types.VarCharType(2000)), text, jsonable), Usage: "JSON_OBJECTAGG([KEY] k VALUE v [{NULL|ABSENT} ON NULL])",
			Doc: "Object text from key-value rows, VARCHAR(2000) NOT NULL, sorted by key; key non-null string; duplicate keys throw; default NULL ON NULL; not in OVER windows.",
		},
		{
			Name: "JSON_ARRAYAGG", Class: Aggregate, Category: "aggregate", sig: takes(always(types.VarCharType(2000)), jsonable), Usage: "JSON_ARRAYAGG(e [{NULL|ABSENT} ON NULL])",
			Doc: "Array text, VARCHAR(2000) NOT NULL; default ABSENT ON NULL; not in OVER, session or hop windows.",
		},
		{
			Name: "PERCENTILE", Class: Aggregate, Category: "aggregate", sig: percentile, Usage: "PERCENTILE(e, p [, frequency])",
			Doc: "Continuous percentile with linear interpolation. p literal in 0..1 or array of them.",
		},
		{
			Name: "SINGLE_VALUE", Class: Aggregate, Category: "aggregate", sig: takes(forced(plain), typed), Usage: "(query)",
			Doc: "Used for scalar subqueries: throws if more than one row.",
		},
		{
			Name: "APPROX_COUNT_DISTINCT", Class: Aggregate, Category: "aggregate", sig: takes(always(types.BigIntType()), anyType), Usage: "APPROX_COUNT_DISTINCT(e)",
			Doc: "Approximate distinct count (HyperLogLog++), BIGINT. Batch only in practice.",
		},
		{
			Name: "BITMAP_AND_AGG", Class: Aggregate, Category: "bitmap aggregate", sig: takes(maybe(types.BitmapType()), bitmap), Usage: "BITMAP_AND_AGG(x)",
			Doc: "Intersection of all bitmaps, BITMAP; nulls ignored; supports retraction (AND and OR need extra state for it).",
		},
		{
			Name: "BITMAP_AND_CARDINALITY_AGG", Class: Aggregate, Category: "bitmap aggregate", sig: takes(maybe(types.BigIntType()), bitmap), Usage: "BITMAP_AND_CARDINALITY_AGG(x)",
			Doc: "Size of the intersection, BIGINT; nulls ignored; supports retraction (AND and OR need extra state for it).",
		},
		{
			Name: "BITMAP_BUILD_AGG", Class: Aggregate, Category: "bitmap aggregate", sig: takes(maybe(types.BitmapType()), toSmall), Usage: "BITMAP_BUILD_AGG(x)",
			Doc: "Bitmap of all INT values, BITMAP; nulls ignored; supports retraction (AND and OR need extra state for it).",
		},
		{
			Name: "BITMAP_BUILD_CARDINALITY_AGG", Class: Aggregate, Category: "bitmap aggregate", sig: takes(maybe(types.BigIntType()), toSmall), Usage: "BITMAP_BUILD_CARDINALITY_AGG(x)",
			Doc: "Number of distinct INT values, BIGINT; nulls ignored; supports retraction (AND and OR need extra state for it).",
		},
		{
			Name: "BITMAP_OR_AGG", Class: Aggregate, Category: "bitmap aggregate", sig: takes(maybe(types.BitmapType()), bitmap), Usage: "BITMAP_OR_AGG(x)",
			Doc: "Union of all bitmaps, BITMAP; nulls ignored; supports retraction (AND and OR need extra state for it).",
		},
		{
			Name: "BITMAP_OR_CARDINALITY_AGG", Class: Aggregate, Category: "bitmap aggregate", sig: takes(maybe(types.BigIntType()), bitmap), Usage: "BITMAP_OR_CARDINALITY_AGG(x)",
			Doc: "Size of the union, BIGINT; nulls ignored; supports retraction (AND and OR need extra state for it).",
		},
		{
			Name: "BITMAP_XOR_AGG", Class: Aggregate, Category: "bitmap aggregate", sig: takes(maybe(types.BitmapType()), bitmap), Usage: "BITMAP_XOR_AGG(x)",
			Doc: "Symmetric difference of all, BITMAP; nulls ignored; supports retraction (AND and OR need extra state for it).",
		},
		{
			Name: "BITMAP_XOR_CARDINALITY_AGG", Class: Aggregate, Category: "bitmap aggregate", sig: takes(maybe(types.BigIntType()), bitmap), Usage: "BITMAP_XOR_CARDINALITY_AGG(x)",
			Doc: "Size of the symmetric difference, BIGINT; nulls ignored; supports retraction (AND and OR need extra state for it).",
		},
		{
			Name: "ROW_NUMBER", Class: Ranking, Category: "window", sig: takes(always(types.BigIntType())), Usage: "ROW_NUMBER() OVER (..)",
			Doc: "Sequential number from 1 in the partition order. Basis of Top-N and dedup.",
		},
		{
			Name: "RANK", Class: Ranking, Category: "window", sig: takes(always(types.BigIntType())), Usage: "RANK() OVER (..)",
			Doc: "Rank with gaps. Streaming Top-N only supports ROW_NUMBER; RANK is batch (and parsing) only.",
		},
		{
			Name: "DENSE_RANK", Class: Ranking, Category: "window", sig: takes(always(types.BigIntType())), Usage: "DENSE_RANK() OVER (..)",
			Doc: "Rank without gaps. Batch only for ranking queries.",
		},
		{
			Name: "NTILE", Class: Ranking, Category: "window", sig: takes(always(types.BigIntType()), toInt), Usage: "NTILE(n) OVER (..)",
			Doc: "Bucket number 1..n, larger buckets first. Batch.",
		},
		{
			Name: "CUME_DIST", Class: Ranking, Category: "window", sig: takes(always(types.DoubleType())), Usage: "CUME_DIST() OVER (..)",
			Doc: "Rows up to the current peer group divided by partition size, DOUBLE. Batch.",
		},
		{
			Name: "PERCENT_RANK", Class: Ranking, Category: "window", sig: takes(always(types.DoubleType())), Usage: "PERCENT_RANK() OVER (..)",
			Doc: "(rank-1)/(rows-1), 0 for a single row, DOUBLE. Batch.",
		},
		{
			Name: "LEAD", Class: Ranking, Category: "window", sig: shifted, Usage: "LEAD(e [, n [, default]]) OVER (..)",
			Doc: "Value n rows ahead, default n 1 and default null. Rejected in streaming mode (needs future rows); batch only.",
		},
		{
			Name: "LAG", Class: Ranking, Category: "window", sig: shifted, Usage: "LAG(e [, n [, default]]) OVER (..)",
			Doc: "Value n rows back, default n 1 and default null. Works in streaming OVER on insert-only input; rejected with retraction.",
		},
		{
			Name: "GROUP_ID", Class: Grouping, Category: "grouping", sig: takes(always(types.BigIntType())), Usage: "GROUP_ID()",
			Doc: "Integer identifying the combination of grouping keys.",
		},
		{
			Name: "GROUPING", Class: Grouping, Category: "grouping", sig: takesMany(1, always(types.BigIntType()), anyType), Usage: "GROUPING(e [, e]*)",
			Doc: "Bit vector: bit is 1 when that grouping expression is aggregated away. BIGINT.",
		},
		{
			Name: "GROUPING_ID", Class: Grouping, Category: "grouping", sig: takesMany(1, always(types.BigIntType()), anyType), Usage: "GROUPING_ID(e [, e]*)",
			Doc: "Same as GROUPING with several arguments.",
		},
		{
			Name: "TUMBLE", Class: GroupWindow, Category: "group window", Usage: "GROUP BY TUMBLE(t, size [, offset])",
			Doc: "Legacy tumbling group window.",
		},
		{
			Name: "HOP", Class: GroupWindow, Category: "group window", Usage: "GROUP BY HOP(t, slide, size [, offset])",
			Doc: "Legacy sliding group window; slide comes before size.",
		},
		{
			Name: "SESSION", Class: GroupWindow, Category: "group window", Usage: "GROUP BY SESSION(t, gap)",
			Doc: "Legacy session group window.",
		},
		{
			Name: "TUMBLE_START", Class: GroupWindow, Category: "group window", Usage: "TUMBLE_START(same args)",
			Doc: "Inclusive window start as TIMESTAMP. Arguments must repeat those of GROUP BY exactly.",
		},
		{
			Name: "TUMBLE_END", Class: GroupWindow, Category: "group window", Usage: "TUMBLE_END(same args)",
			Doc: "Exclusive window end; not a time attribute.",
		},
		{
			Name: "TUMBLE_ROWTIME", Class: GroupWindow, Category: "group window", Usage: "TUMBLE_ROWTIME(same args)",
			Doc: "Window end minus 1 ms as an event-time attribute.",
		},
		{
			Name: "TUMBLE_PROCTIME", Class: GroupWindow, Category: "group window", Usage: "TUMBLE_PROCTIME(same args)",
			Doc: "Processing-time attribute.",
		},
		{
			Name: "HOP_START", Class: GroupWindow, Category: "group window", Usage: "HOP_START(same args)",
			Doc: "Inclusive window start as TIMESTAMP. Arguments must repeat those of GROUP BY exactly.",
		},
		{
			Name: "HOP_END", Class: GroupWindow, Category: "group window", Usage: "HOP_END(same args)",
			Doc: "Exclusive window end; not a time attribute.",
		},
		{
			Name: "HOP_ROWTIME", Class: GroupWindow, Category: "group window", Usage: "HOP_ROWTIME(same args)",
			Doc: "Window end minus 1 ms as an event-time attribute.",
		},
		{
			Name: "HOP_PROCTIME", Class: GroupWindow, Category: "group window", Usage: "HOP_PROCTIME(same args)",
			Doc: "Processing-time attribute.",
		},
		{
			Name: "SESSION_START", Class: GroupWindow, Category: "group window", Usage: "SESSION_START(same args)",
			Doc: "Inclusive window start as TIMESTAMP. Arguments must repeat those of GROUP BY exactly.",
		},
		{
			Name: "SESSION_END", Class: GroupWindow, Category: "group window", Usage: "SESSION_END(same args)",
			Doc: "Exclusive window end; not a time attribute.",
		},
		{
			Name: "SESSION_ROWTIME", Class: GroupWindow, Category: "group window", Usage: "SESSION_ROWTIME(same args)",
			Doc: "Window end minus 1 ms as an event-time attribute.",
		},
		{
			Name: "SESSION_PROCTIME", Class: GroupWindow, Category: "group window", Usage: "SESSION_PROCTIME(same args)",
			Doc: "Processing-time attribute.",
		},
		{
			Name: "FIRST", Class: Match, Category: "match recognize", Usage: "FIRST(var.col [, n])",
			Doc: "n-th row mapped to the variable, default 0.",
		},
		{
			Name: "LAST", Class: Match, Category: "match recognize", Usage: "LAST(var.col [, n])",
			Doc: "n-th last row mapped to the variable, default 0.",
		},
		{
			Name: "PREV", Class: Match, Category: "match recognize", Usage: "PREV(x [, n])",
			Doc: "Value of an earlier row; not usable in patterns.",
		},
		{
			Name: "NEXT", Class: Match, Category: "match recognize", Usage: "NEXT(x [, n])",
			Doc: "Value of a later row; not usable in patterns.",
		},
		{
			Name: "CLASSIFIER", Class: Match, Category: "match recognize", Usage: "CLASSIFIER()",
			Doc: "Name of the pattern variable of the row; not usable in patterns.",
		},
		{
			Name: "MATCH_NUMBER", Class: Match, Category: "match recognize", Usage: "MATCH_NUMBER()",
			Doc: "Number of the match; not usable in patterns.",
		},
		{
			Name: "MATCH_ROWTIME", Class: Match, Category: "match recognize", Usage: "MATCH_ROWTIME([rowtime])",
			Doc: "Rowtime of the last row of the match, usable as a time attribute.",
		},
		{
			Name: "MATCH_PROCTIME", Class: Match, Category: "match recognize", Usage: "MATCH_PROCTIME()",
			Doc: "Processing-time attribute.",
		},
		{
			Name: "CUMULATE", Class: Table, Category: "table", Usage: "CUMULATE(TABLE t, DESCRIPTOR(ts), step, size [, offset])",
			Doc: "Growing windows with fixed start; size must be a multiple of step. Named DATA, TIMECOL, STEP, SIZE, `OFFSET`.",
		},
		{
			Name: "UNNEST", Class: Table, Category: "table", Usage: "UNNEST(array|map|multiset) [WITH ORDINALITY] [AS t(..)]",
			Doc: "One row per element; map gives key and value; multiset repeats by count; ordinality from 1, INT NOT NULL.",
		},
		{
			Name: "FROM_CHANGELOG", Class: Table, Category: "table", Usage: "FROM_CHANGELOG(input => TABLE t [PARTITION BY k [ORDER BY ts]] [, op => DESCRIPTOR(c)] [, op_mapping => MAP[..]] [, error_handling => 'FAIL'|'SKIP'])",
			Doc: "Append-only rows with an operation column become a changelog; op column removed; keys moved first when partitioned. ORDER BY part is newer.",
		},
		{
			Name: "TO_CHANGELOG", Class: Table, Category: "table", Usage: "TO_CHANGELOG(input => TABLE t [PARTITION BY k] [, op => DESCRIPTOR(c)] [, op_mapping => MAP[..]] [, produces_full_deletes => BOOLEAN])",
			Doc: "Changelog becomes append-only rows with an operation column first; unmapped operations dropped.",
		},
		{
			Name: "SNAPSHOT", Class: Table, Category: "table", Usage: "LATERAL TABLE(SNAPSHOT(input => TABLE t [, load_completed_condition, load_completed_time, load_completed_idle_timeout, state_ttl]))",
			Doc: "Build side of a LATERAL SNAPSHOT join.",
		},
		{
			Name: "ML_PREDICT", Class: Table, Category: "table", Usage: "ML_PREDICT(TABLE t, MODEL m, DESCRIPTOR(cols) [, MAP[..]])",
			Doc: "Adds the model output columns; append-only input; clashing names get a numeric suffix.",
		},
		{
			Name: "ML_EVALUATE", Class: Table, Category: "table", Usage: "ML_EVALUATE(..)",
			Doc: "Registered operator for model evaluation; no documentation page.",
		},
		{
			Name: "VECTOR_SEARCH", Class: Table, Category: "table", Usage: "VECTOR_SEARCH(TABLE t, query_vector, DESCRIPTOR(col), k [, MAP[..]])",
			Doc: "Top-k rows of an external vector table plus a score column; append-only input; LATERAL when correlated.",
		},
	}
}
