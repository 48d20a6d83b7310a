package function

import "millrace/sql/types"

// temporalFunctions are the functions of the chapters: temporal.
//
//nolint:funlen // a table
func temporalFunctions() []Function {
	return []Function{
		{
			Name: "LOCALTIME", Aliases: []string{"CURRENT_TIME"}, Category: "temporal", Volatile: true, Bare: true, sig: takes(always(types.TimeType(0))), Usage: "LOCALTIME",
			Doc: "Current time in the session zone, TIME(0). Streaming: per record. Batch: fixed at query start.",
		},
		{
			Name: "LOCALTIMESTAMP", Category: "temporal", Volatile: true, Bare: true, sig: takes(always(types.TimestampType(3))), Usage: "LOCALTIMESTAMP",
			Doc: "Current timestamp in the session zone, TIMESTAMP(3). Streaming per record, batch fixed at query start.",
		},
		{
			Name: "CURRENT_DATE", Category: "temporal", Volatile: true, Bare: true, sig: takes(always(types.DateType())), Usage: "CURRENT_DATE",
			Doc: "Current DATE in the session zone. Streaming per record, batch fixed at query start.",
		},
		{
			Name: "CURRENT_TIMESTAMP", Aliases: []string{"NOW"}, Category: "temporal", Volatile: true, Bare: true, sig: takes(always(types.TimestampLTZType(3))), Usage: "CURRENT_TIMESTAMP | NOW()",
			Doc: "Current instant, TIMESTAMP_LTZ(3). Streaming per record, batch fixed at query start.",
		},
		{
			Name: "CURRENT_ROW_TIMESTAMP", Category: "temporal", Volatile: true, sig: takes(always(types.TimestampLTZType(3))), Usage: "CURRENT_ROW_TIMESTAMP()",
			Doc: "Current instant TIMESTAMP_LTZ(3), per record also in batch. Brackets required.",
		},
		{
			Name: "EXTRACT", Class: Operator, Category: "temporal", Usage: "EXTRACT(unit FROM t)",
			Doc: "BIGINT part of a date, time, timestamp or interval.",
		},
		{
			Name: "YEAR", Category: "temporal", sig: takes(gives(types.BigIntType()), temporal), Usage: "YEAR(d)",
			Doc: "EXTRACT(YEAR), BIGINT.",
		},
		{
			Name: "QUARTER", Category: "temporal", sig: takes(gives(types.BigIntType()), temporal), Usage: "QUARTER(d)",
			Doc: "1..4, BIGINT.",
		},
		{
			Name: "MONTH", Category: "temporal", sig: takes(gives(types.BigIntType()), temporal), Usage: "MONTH(d)",
			Doc: "1..12, BIGINT.",
		},
		{
			Name: "WEEK", Category: "temporal", sig: takes(gives(types.BigIntType()), temporal), Usage: "WEEK(d)",
			Doc: "ISO week 1..53, BIGINT.",
		},
		{
			Name: "DAYOFYEAR", Category: "temporal", sig: takes(gives(types.BigIntType()), temporal), Usage: "DAYOFYEAR(d)",
			Doc: "1..366, BIGINT.",
		},
		{
			Name: "DAYOFMONTH", Category: "temporal", sig: takes(gives(types.BigIntType()), temporal), Usage: "DAYOFMONTH(d)",
			Doc: "1..31, BIGINT.",
		},
		{
			Name: "DAYOFWEEK", Category: "temporal", sig: takes(gives(types.BigIntType()), temporal), Usage: "DAYOFWEEK(d)",
			Doc: "1 (Sunday) .. 7 (Saturday), BIGINT.",
		},
		{
			Name: "HOUR", Category: "temporal", sig: takes(gives(types.BigIntType()), temporal), Usage: "HOUR(t)",
			Doc: "0..23, BIGINT.",
		},
		{
			Name: "MINUTE", Category: "temporal", sig: takes(gives(types.BigIntType()), temporal), Usage: "MINUTE(t)",
			Doc: "0..59, BIGINT.",
		},
		{
			Name: "SECOND", Category: "temporal", sig: takes(gives(types.BigIntType()), temporal), Usage: "SECOND(t)",
			Doc: "0..59, BIGINT, no fraction.",
		},
		{
			Name: "OVERLAPS", Class: Operator, Category: "temporal", Usage: "(p1, q1) OVERLAPS (p2, q2)",
			Doc: "TRUE if the two periods intersect; q is an end point or an interval.",
		},
		{
			Name: "DATE_FORMAT", Category: "temporal", sig: either(takes(maybe(types.StringType()), timestamp, text), takes(maybe(types.StringType()), text, text)), Usage: "DATE_FORMAT(ts, pattern) | DATE_FORMAT(string, pattern)",
			Doc: "Format with a Java date pattern, STRING. TIMESTAMP_LTZ uses the session zone, but zone letters (z, Z, X, VV, O) fail for every type.",
		},
		{
			Name: "TIMESTAMPADD", Class: Operator, Category: "temporal", Usage: "TIMESTAMPADD(unit, n, t)",
			Doc: "t plus n units (SECOND, MINUTE, HOUR, DAY, WEEK, MONTH, QUARTER, YEAR). Month arithmetic clamps to the last day of month.",
		},
		{
			Name: "TIMESTAMPDIFF", Class: Operator, Category: "temporal", Usage: "TIMESTAMPDIFF(unit, t1, t2)",
			Doc: "Signed whole units from t1 to t2 (t2 - t1), always INT (MILLISECOND and MICROSECOND wrap), truncated toward zero.",
		},
		{
			Name: "CONVERT_TZ", Category: "temporal", sig: takes(maybe(types.StringType()), text, text, text), Usage: "CONVERT_TZ(s, from, to)",
			Doc: "Reinterpret text yyyy-MM-dd HH:mm:ss from one zone to another, STRING. Null if unparsable.",
		},
		{
			Name: "FROM_UNIXTIME", Category: "temporal", sig: takesFrom(1, maybe(types.StringType()), toBigInt, text), Usage: "FROM_UNIXTIME(seconds [, format])",
			Doc: "Epoch seconds to STRING in the session zone; default yyyy-MM-dd HH:mm:ss.",
		},
		{
			Name: "UNIX_TIMESTAMP", Category: "temporal", Volatile: true, sig: either(takes(always(types.BigIntType())), takesFrom(1, gives(types.BigIntType()), text, text)), Usage: "UNIX_TIMESTAMP() | UNIX_TIMESTAMP(s [, format])",
			Doc: "Parse text (default yyyy-MM-dd HH:mm:ss) to epoch seconds in the session zone; an explicit X zone in the pattern wins.",
		},
		{
			Name: "TO_DATE", Category: "temporal", sig: takesFrom(1, maybe(types.DateType()), text, text), Usage: "TO_DATE(s [, format])",
			Doc: "Text to DATE, default yyyy-MM-dd; null on failure with default format.",
		},
		{
			Name: "TO_TIMESTAMP_LTZ", Category: "temporal", sig: epoch(), Usage: "TO_TIMESTAMP_LTZ(n [, precision]) | TO_TIMESTAMP_LTZ(s [, format [, zone]])",
			Doc: "The instant of an epoch value in units of 10^-precision seconds (default 3), or of a text in a zone (default UTC).",
		},
		{
			Name: "TO_TIMESTAMP", Category: "temporal", sig: takesFrom(1, maybe(types.TimestampType(3)), text, text), Usage: "TO_TIMESTAMP(s [, format])",
			Doc: "Text to TIMESTAMP(3) without zone, default yyyy-MM-dd HH:mm:ss, always nullable. Missing fields default to 1970-01-01 00:00:00.",
		},
		{
			Name: "CURRENT_WATERMARK", Category: "temporal", Volatile: true, sig: takes(watermark, timestamp), Usage: "CURRENT_WATERMARK(rowtime)",
			Doc: "Current watermark at this operator in the type family of the attribute with precision 3; null if no watermark yet.",
		},
		{
			Name: "SOURCE_WATERMARK", Category: "temporal", Volatile: true, sig: takes(maybe(types.TimestampLTZType(3))), Usage: "SOURCE_WATERMARK()",
			Doc: "Only inside WATERMARK FOR .. AS: use the watermark the connector itself emits.",
		},
		{
			Name: "PROCTIME", Category: "temporal", Volatile: true, sig: takes(always(types.TimestampLTZType(3).WithAttribute(types.ProcTime))), Usage: "PROCTIME()",
			Doc: "Processing-time attribute, TIMESTAMP_LTZ(3) NOT NULL; materialised per record when used in expressions.",
		},
	}
}
